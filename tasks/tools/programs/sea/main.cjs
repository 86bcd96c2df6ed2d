const { check } = require("./flags.cjs");

check();
