// Serves `dist/` for a look at it: `npm run serve`.

import { served } from "./server.mjs";

const server = await served("dist", Number(process.env.PORT ?? 8010));
console.log(`http://localhost:${server.address().port}/`);
