import js from '@eslint/js'
import globals from 'globals'
import ts from 'typescript-eslint'

// Asked before its parser is loaded: the type checker reads a component as the TypeScript it stands for, once, where it
// would else be told of it anew, and check everything anew, at each component. Imported components have the types of
// their props then, too.
process.env.SVELTE_ESLINT_PARSER_EXPERIMENTAL_TS_SYS_HOOK = '1'
const { default: svelte } = await import('eslint-plugin-svelte')

const components = ['**/*.svelte', '**/*.svelte.ts']

/**
 * Lint of the components, with types, and of what is plain JavaScript. TypeScript is oxlint's, by the same rules
 * (.oxlintrc.json), but for those about Svelte.
 */
export default ts.config(
  {
    ignores: [
      '**/node_modules',
      '**/.svelte-kit',
      '**/build',
      '**/dist',
      '**/.data',
      'web/src/paraglide',
      '**/.cache',
      'test-results',
      'playwright-report',
    ],
  },
  { files: ['**/*.mjs', '**/*.js', '**/*.svelte'], extends: [js.configs.recommended] },
  { files: ['**/*.mjs', '**/*.js'], languageOptions: { globals: globals.node } },
  {
    files: components,
    extends: [js.configs.recommended, ts.configs.recommendedTypeChecked],
    languageOptions: {
      parserOptions: {
        projectService: true,
        tsconfigRootDir: import.meta.dirname,
        extraFileExtensions: ['.svelte'],
      },
    },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/require-await': 'off',
      // ports are closures made by createX functions: their methods have no this
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  ...svelte.configs.recommended,
  // only the rules about Svelte: they need the syntax alone
  { files: ['web/**/*.ts'], ignores: components, languageOptions: { parser: ts.parser } },
  {
    files: components,
    languageOptions: {
      parserOptions: { parser: ts.parser },
      globals: { ...globals.node, ...globals.browser },
    },
    rules: {
      'svelte/no-navigation-without-resolve': 'off',
      'no-restricted-imports': ['error', { patterns: ['@bitewing/gateway*', '**/gateway/src/**'] }],
    },
  },
)
