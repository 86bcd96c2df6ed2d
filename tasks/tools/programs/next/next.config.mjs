export default {
  distDir: process.env.DIST,
  output: "standalone",
  outputFileTracingIncludes: { "/**": ["./node_modules/@flipt-ffi/client/lib/native/*"] },
  outputFileTracingRoot: import.meta.dirname,
  turbopack: { root: import.meta.dirname },
};
