/** The page of the panel, which may run its own script and load nothing else. */

export interface Sources {
  readonly script: string;
  readonly style: string;
  /** What scripts and styles the page may load: the panel's own folder. */
  readonly allowed: string;
}

export function page({ script, style, allowed }: Sources): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy"
  content="default-src 'none'; script-src ${allowed}; style-src ${allowed} 'unsafe-inline'">
<link rel="stylesheet" href="${style}">
<title>Payoff</title>
</head>
<body>
<div id="stage"><div id="picture"></div><div id="cursor" hidden></div></div>
<div id="reading"></div>
<script src="${script}"></script>
</body>
</html>
`;
}
