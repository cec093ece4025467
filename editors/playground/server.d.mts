import type { Server } from "node:http";

export function served(folder: string, port: number): Promise<Server>;
