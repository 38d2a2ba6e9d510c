import js from '@eslint/js'
import globals from 'globals'
import importX from 'eslint-plugin-import-x'
import ts from 'typescript-eslint'

// Asked before its parser is loaded: the type checker reads a component as the TypeScript it stands for, once, where it
// would else be told of it anew, and check everything anew, at each component. Imported components have the types of
// their props then, too.
process.env.SVELTE_ESLINT_PARSER_EXPERIMENTAL_TS_SYS_HOOK = '1'
const { default: svelte } = await import('eslint-plugin-svelte')

/** Type-aware lint of all workspaces, and the import boundaries of docs/architecture.md. */
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
  js.configs.recommended,
  {
    files: ['**/*.ts', '**/*.svelte'],
    extends: [ts.configs.recommendedTypeChecked],
    languageOptions: {
      parserOptions: {
        projectService: true,
        tsconfigRootDir: import.meta.dirname,
      },
      globals: globals.node,
    },
    plugins: { 'import-x': importX },
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
  // the same for all files of one program, or it is loaded anew in between; without them it is made but once, and quicker
  { files: ['web/**'], languageOptions: { parserOptions: { extraFileExtensions: ['.svelte'] } } },
  { files: ['**/*.mjs', '**/*.js'], languageOptions: { globals: globals.node } },
  ...svelte.configs.recommended,
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser }, globals: globals.browser },
    rules: { 'svelte/no-navigation-without-resolve': 'off' },
  },
  {
    files: ['web/**'],
    rules: { 'no-restricted-imports': ['error', { patterns: ['@bitewing/gateway*', '**/gateway/src/**'] }] },
  },
  ...[
    'qido',
    'wado',
    'stow',
    'renditions',
    'ingest',
    'share',
    'live',
    'annotations',
    'viewer',
    'health',
    'api',
  ].map((feature, _, all) => ({
    files: [`gateway/src/${feature}/**/*.ts`],
    ignores: ['**/*.test.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: all.filter((other) => other !== feature).map((other) => `../${other}/*`) },
      ],
    },
  })),
)
