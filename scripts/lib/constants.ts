/** Named numbers of the source, read from its syntax tree: what docs/LIMITS.md must list. Nothing of the source is run. */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import ts from 'typescript'

export interface NamedNumber {
  /** `NAME`, or `NAME.property` for a member of an object of numbers. */
  name: string
  value: number
  /** Path from the top folder. */
  file: string
  /** The comment above it, or above the declaration that it follows directly; one line, '' where there is none. */
  comment: string
}

interface Scope {
  declarations: Map<string, ts.Expression>
  /** Local name → file and name there. */
  imports: Map<string, { file: string; name: string }>
}

const UPPER_CASE = /^[A-Z][A-Z0-9_]+$/

/** @param root the top folder @param read text of a file, path from the top folder; tests give their own */
export class ConstantReader {
  readonly #scopes = new Map<string, Scope>()
  readonly #read: (file: string) => string
  readonly #exists: (file: string) => boolean

  constructor(root: string, read = (file: string) => readFileSync(join(root, file), 'utf8'), exists = (file: string) => existsSync(join(root, file))) {
    this.#read = read
    this.#exists = exists
  }

  /** Every top-level constant with an upper-case name whose value is a number, or an object of numbers, in the order of the file. */
  numbersOf(file: string): NamedNumber[] {
    const source = this.#parse(file)
    const found: NamedNumber[] = []
    let comment = ''
    for (const statement of source.statements) {
      if (!ts.isVariableStatement(statement)) continue
      comment = commentAbove(source, statement) ?? (followsDirectly(source, statement) ? comment : '')
      for (const { name, initializer } of statement.declarationList.declarations) {
        if (!ts.isIdentifier(name) || !UPPER_CASE.test(name.text) || initializer === undefined) continue
        for (const [suffix, value, own] of this.#numbersIn(initializer, file, source))
          found.push({ name: name.text + suffix, value, file, comment: own ?? comment })
      }
    }
    return found
  }

  #numbersIn(expression: ts.Expression, file: string, source: ts.SourceFile): [suffix: string, value: number, comment: string | null][] {
    const plain = unwrap(expression)
    const value = this.#evaluate(plain, file)
    if (value !== null) return [['', value, null]]
    if (!ts.isObjectLiteralExpression(plain)) return []
    const members = plain.properties.map(property => {
      if (!ts.isPropertyAssignment(property) || !ts.isIdentifier(property.name)) return null
      const number = this.#evaluate(unwrap(property.initializer), file)
      return number === null ? null : ([`.${property.name.text}`, number, commentAbove(source, property)] as [string, number, string | null])
    })
    return members.every(member => member !== null) ? members : []
  }

  /** @returns null for whatever is no arithmetic of numbers and of other such constants */
  #evaluate(expression: ts.Expression, file: string): number | null {
    const plain = unwrap(expression)
    if (ts.isNumericLiteral(plain)) return Number(plain.text)
    if (ts.isPrefixUnaryExpression(plain) && plain.operator === ts.SyntaxKind.MinusToken) return negative(this.#evaluate(plain.operand, file))
    if (ts.isIdentifier(plain)) return this.#lookUp(plain.text, file)
    if (!ts.isBinaryExpression(plain)) return null
    const left = this.#evaluate(plain.left, file)
    const right = this.#evaluate(plain.right, file)
    return left === null || right === null ? null : combine(plain.operatorToken.kind, left, right)
  }

  #lookUp(name: string, file: string): number | null {
    const { declarations, imports } = this.#scope(file)
    const expression = declarations.get(name)
    if (expression !== undefined) return this.#evaluate(expression, file)
    const from = imports.get(name)
    return from === undefined ? null : this.#lookUp(from.name, from.file)
  }

  #scope(file: string): Scope {
    const known = this.#scopes.get(file)
    if (known !== undefined) return known
    const scope: Scope = { declarations: new Map(), imports: new Map() }
    this.#scopes.set(file, scope)
    for (const statement of this.#parse(file).statements) {
      if (ts.isVariableStatement(statement)) {
        for (const { name, initializer } of statement.declarationList.declarations)
          if (ts.isIdentifier(name) && initializer) scope.declarations.set(name.text, initializer)
      }
      if (ts.isImportDeclaration(statement)) this.#noteImport(statement, file, scope)
    }
    return scope
  }

  #noteImport(statement: ts.ImportDeclaration, file: string, scope: Scope): void {
    const from = (statement.moduleSpecifier as ts.StringLiteral).text
    const target = normalize(join(dirname(file), `${from}.ts`))
    const names = statement.importClause?.namedBindings
    if (!from.startsWith('.') || !this.#exists(target) || names === undefined || !ts.isNamedImports(names)) return
    for (const { name, propertyName } of names.elements) scope.imports.set(name.text, { file: target, name: (propertyName ?? name).text })
  }

  #parse(file: string): ts.SourceFile {
    const text = this.#read(file)
    return ts.createSourceFile(file, file.endsWith('.svelte') ? scriptOf(text) : text, ts.ScriptTarget.Latest, true)
  }
}

/** The first script of a component; its lines keep their text, not their numbers. */
function scriptOf(component: string): string {
  return /<script[^>]*>([\s\S]*?)<\/script>/.exec(component)?.[1] ?? ''
}

function unwrap(expression: ts.Expression): ts.Expression {
  if (ts.isParenthesizedExpression(expression) || ts.isAsExpression(expression) || ts.isSatisfiesExpression(expression)) return unwrap(expression.expression)
  return expression
}

const negative = (value: number | null): number | null => (value === null ? null : -value)

function combine(operator: ts.SyntaxKind, left: number, right: number): number | null {
  switch (operator) {
    case ts.SyntaxKind.AsteriskToken:
      return left * right
    case ts.SyntaxKind.PlusToken:
      return left + right
    case ts.SyntaxKind.MinusToken:
      return left - right
    case ts.SyntaxKind.SlashToken:
      return left / right
    case ts.SyntaxKind.LessThanLessThanToken:
      return left << right
    default:
      return null
  }
}

/** @returns null where nothing stands above */
function commentAbove(source: ts.SourceFile, node: ts.Node): string | null {
  const last = ts.getLeadingCommentRanges(source.text, node.pos)?.at(-1)
  if (last === undefined) return null
  const text = source.text.slice(last.pos, last.end).replaceAll(/^\/\*\*?|\*\/$|^\/\//g, '')
  return text
    .split('\n')
    .map(line => line.replace(/^\s*\* ?/, '').trim())
    .join(' ')
    .trim()
}

/** No empty line between this statement and the one before. */
function followsDirectly(source: ts.SourceFile, statement: ts.Node): boolean {
  return !/\n\s*\n/.test(source.text.slice(statement.pos, statement.getStart(source)))
}
