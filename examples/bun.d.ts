// The part of Bun's globals that bun_serve.ts uses, for type checks by other runtimes. A Bun project has @types/bun.

declare const Bun: {
  readonly env: Readonly<Record<string, string | undefined>>;
  serve(options: {
    readonly port: number | string;
    readonly routes: Readonly<Record<string, (request: Request) => Response | Promise<Response>>>;
  }): { readonly url: URL; stop(): Promise<void> };
};
