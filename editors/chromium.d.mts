export const HEADLESS: { readonly executablePath: string; readonly args: string[] };
