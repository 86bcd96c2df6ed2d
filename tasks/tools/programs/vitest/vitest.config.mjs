// happy-dom keeps to the rule of browsers that other servers have to agree to be asked.
export default {
  test: { environmentOptions: { happyDOM: { settings: { fetch: { disableSameOriginPolicy: true } } } } },
};
