// Builds by webpack or by Rspack, for a server or for a page; a warning is a failure.

const [name, target] = process.argv.slice(2);
const { default: bundle } = await import(name);
bundle({
  mode: "production",
  target,
  entry: `./${target}.mjs`,
  output: {
    path: `${import.meta.dirname}/dist/${target}`,
    ...(target === "web" ? { module: true, filename: "main.mjs" } : { filename: "main.cjs" }),
  },
  experiments: { outputModule: target === "web" },
}, (error, stats) => {
  if (error) throw error;
  const { errors, warnings } = stats.toJson({ errors: true, warnings: true });
  for (const { message } of [...errors, ...warnings]) console.error(message);
  if (errors.length + warnings.length > 0) process.exitCode = 1;
});
