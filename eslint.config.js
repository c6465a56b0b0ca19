// The rules that `make lint` checks in the JavaScript, in addition to types (tsconfig.json).

import js from "@eslint/js";
import globals from "globals";

export default [
  { ignores: ["assets/build/", "**/.venv*/", "artefacts/", "site/"] },
  js.configs.recommended,
  {
    rules: {
      // A name left out of an object by `const { key, ...rest } = object` is used by that.
      "no-unused-vars": ["error", { ignoreRestSiblings: true, argsIgnorePattern: "^_" }],
      "prefer-const": ["error", { destructuring: "all" }],
      eqeqeq: ["error", "always", { null: "ignore" }],
      "no-var": "error",
      "no-implicit-coercion": ["error", { allow: ["!!"] }],
      "no-eval": "error",
      "no-new-func": "error",
      // Text of a visitor becomes an element by page/element.js alone, which writes textContent.
      "no-restricted-properties": ["error",
        ...["innerHTML", "outerHTML", "insertAdjacentHTML"].map((property) => ({ property }))],
    },
  },
  { files: ["assets/**/*.js", "tests/browser/*.js"], languageOptions: { globals: globals.browser } },
  { files: ["tests/node/**/*.js", "*.config.js"], languageOptions: { globals: globals.node } },
];
