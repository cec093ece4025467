/**
 * The grammar of rfos for editors: `rfos_lang/syntax/rfos.lark`, rule by rule, with a tree to look at
 * instead of one to check. A statement ends with its line where the scanner says so.
 */

/// <reference types="tree-sitter-cli/dsl" />
// @ts-check

const vocabulary = require("./vocabulary.json");

const PRECEDENCE = {
  conditional: 0,
  or: 1,
  and: 2,
  not: 3,
  comparison: 4,
  sum: 5,
  product: 6,
  sign: 7,
  power: 8,
  at: 9,
  postfix: 10,
};

/** One or more with commas between. */
const list = (rule) => seq(rule, repeat(seq(",", rule)));

/** As `list`, with a comma behind the last where it is liked. */
const open_list = (rule) => seq(list(rule), optional(","));

module.exports = grammar({
  name: "rfos",

  externals: ($) => [$._line_end, $._error_sentinel],
  extras: ($) => [/[ \t\r\n\f\uFEFF]/, $.comment, $.documentation],
  word: ($) => $.name,
  supertypes: ($) => [$._item, $._statement, $._step, $._expression],

  rules: {
    source_file: ($) => statements($, $._item),
    _item: ($) =>
      choice($.contract, $.asset, $.unit, $.feed, $.use, $.margin, $.test, $.let),

    // --- items ---

    contract: ($) =>
      seq(
        optional("perpetual"),
        "contract",
        field("name", $.name),
        field("parameters", $.parameters),
        "between",
        field("parties", $.parties),
        choice(
          field("body", $.block),
          seq("=", field("whole", $._expression), optional(field("body", $.block))),
        ),
      ),
    asset: ($) =>
      seq(
        "asset",
        field("name", $.name),
        optional(seq("in", field("decimals", $.number), "decimals")),
        optional(seq("issued", "by", field("issuer", $.name))),
      ),
    unit: ($) => seq("unit", field("name", $.name)),
    feed: ($) =>
      seq(
        "feed",
        field("name", $.name),
        optional(field("parameters", $.parameters)),
        ":",
        field("type", choice($._type, alias($.parameters, $.record))),
        optional($.rules),
      ),
    use: ($) =>
      seq("use", field("module", $.path), "{", open_list(field("name", $.name)), "}"),
    path: ($) => repeat1(seq($.name, ".")),
    margin: ($) =>
      seq("margin", field("name", $.name), "in", field("asset", $.name), $.rules),
    let: ($) =>
      seq(
        "let",
        field("name", $.name),
        optional(field("parameters", $.parameters)),
        optional(seq(":", field("type", $._type))),
        "=",
        field("value", $._expression),
      ),

    parties: ($) => seq($.name, repeat1(seq(",", $.name))),
    _names: ($) => list($.name),
    parameters: ($) => seq("(", optional(open_list($.parameter)), ")"),
    parameter: ($) =>
      seq(
        list(field("name", $.name)),
        ":",
        field("type", $._type),
        optional(seq("=", field("default", $._expression))),
      ),

    _type: ($) => choice($.type, $.list_type),
    type: ($) => seq($.name, repeat(seq("/", $.name))),
    list_type: ($) => seq("[", $._type, "]"),

    // --- tests ---

    test: ($) => seq("test", field("title", $.text), "{", statements($, $._step), "}"),
    _step: ($) => choice($.given, $.quoted, $.day, $.expectation),
    given: ($) =>
      seq("contract", $._expression, optional(seq("from", field("from", $._expression)))),
    quoted: ($) => seq(field("what", $.name), "{", statements($, $.observation), "}"),
    day: ($) =>
      seq(
        "on",
        field("date", $._expression),
        "{",
        statements($, choice($.observation, $.choice)),
        "}",
      ),
    observation: ($) => seq(field("feed", $._reference), "=", field("value", $._expression)),
    choice: ($) =>
      seq(field("party", $.name), field("name", $.name), optional(alias($.arguments, $.arguments))),
    expectation: ($) =>
      seq(
        "expect",
        choice(
          $.payment,
          $.mint,
          $.burn,
          seq($.name, $.name),
          "ended",
          seq("refused", optional($.text)),
          seq("valued", "at", $._expression, "within", $._expression),
          $._expression,
        ),
      ),

    // --- statements ---

    block: ($) => seq("{", statements($, $._statement), "}"),
    _statement: ($) =>
      choice(
        $.let,
        $.state,
        $.require,
        $.style,
        $.cut,
        $.unsecured,
        $.at,
        $.when,
        $.if,
        $.payment,
        $.may,
        $.assignment,
        $.end,
        $.become,
        $.mint,
        $.burn,
        $.collateral,
        $.liquidation,
      ),
    state: ($) =>
      seq(
        "state",
        field("name", $.name),
        ":",
        field("type", $._type),
        "=",
        field("value", $._expression),
      ),
    require: ($) => seq("require", field("condition", $._expression), ",", $.text),
    style: ($) => seq("style", $.name),
    cut: ($) => seq("cut", $.time, alias($.type, $.zone)),
    unsecured: () => "unsecured",
    at: ($) => seq("at", choice($._expression, $._each), $.block),
    when: ($) =>
      seq(
        "when",
        choice(seq($._expression, optional(seq("on", field("days", $._expression)))), $._each),
        $.block,
      ),
    _each: ($) => seq("each", $._binders),
    if: ($) =>
      seq(
        "if",
        field("condition", $._expression),
        field("then", $.block),
        optional(seq("else", field("else", choice($.block, $.if)))),
      ),
    payment: ($) =>
      seq(
        field("payer", $.name),
        "pays",
        field("payee", $.name),
        optional("net"),
        field("amount", $._expression),
        optional(seq("on", field("on", $._expression))),
        optional(seq("as", field("label", $.text))),
      ),
    may: ($) =>
      seq(
        field("party", $.name),
        "may",
        field("name", $.name),
        optional(field("parameters", $.parameters)),
        optional(field("timing", $.timing)),
        optional(seq("default", field("default", $._expression))),
        $.block,
        optional(seq("otherwise", field("otherwise", $.block))),
      ),
    timing: ($) =>
      choice(
        seq(optional(seq("from", $._expression)), "until", $._expression),
        seq("at", choice($._expression, $._each)),
      ),
    assignment: ($) =>
      seq(field("name", $.name), choice("=", "+=", "-="), field("value", $._expression)),
    end: () => "end",
    become: ($) => seq("become", $._expression),
    mint: ($) => seq("mint", field("amount", $._expression), "to", field("to", $.name)),
    burn: ($) => seq("burn", field("amount", $._expression), "from", field("from", $.name)),
    collateral: ($) =>
      seq(
        "collateral",
        "of",
        $._names,
        "in",
        field("asset", $.name),
        optional(seq(",", "valued", "in", field("valued_in", $.name))),
        $.rules,
      ),
    liquidation: ($) => seq("liquidation", "of", $._names, $.rules),

    rules: ($) => seq("{", statements($, $.rule), "}"),
    rule: ($) => seq(field("key", choice($.name, "when")), ":", field("value", $._rule_value)),
    _rule_value: ($) =>
      choice($._expression, $.auction, $.penalty, $.waterfall, alias($._binders, $.scenarios)),
    auction: ($) =>
      seq($.name, "from", $._expression, "to", $._expression, "over", $._expression),
    penalty: ($) => seq($._expression, "to", $.name),
    waterfall: ($) => seq($._expression, repeat1(seq("then", $._expression))),
    _binders: ($) => list($.binder),
    binder: ($) => seq(field("name", $.name), "in", field("over", $._expression)),

    // --- expressions, loosest first ---

    _expression: ($) =>
      choice(
        $.conditional,
        $.binary,
        $.unary,
        $.observed_at,
        $._reference,
        $.index,
        $._bracketed,
        $._literal,
      ),
    conditional: ($) =>
      prec.right(
        PRECEDENCE.conditional,
        seq("if", $._expression, "then", $._expression, "else", $._expression),
      ),
    binary: ($) => {
      const from_left = (precedence, operator) =>
        prec.left(precedence, operated($, operator));
      return choice(
        from_left(PRECEDENCE.or, "or"),
        from_left(PRECEDENCE.and, "and"),
        from_left(PRECEDENCE.comparison, choice("<", "<=", ">", ">=", "==", "!=")),
        from_left(PRECEDENCE.sum, choice("+", "-")),
        from_left(PRECEDENCE.product, choice("*", "/")),
        prec.right(PRECEDENCE.power, operated($, "^")),
      );
    },
    unary: ($) =>
      choice(
        prec.right(PRECEDENCE.not, seq(field("operator", "not"), $._expression)),
        prec.right(PRECEDENCE.sign, seq(field("operator", "-"), $._expression)),
      ),
    observed_at: ($) =>
      prec.left(PRECEDENCE.at, seq($._expression, "at", field("instant", $._expression))),

    _reference: ($) => choice($._callee, $.call),
    _callee: ($) => choice($.name, $.field),
    field: ($) =>
      prec(
        PRECEDENCE.postfix,
        seq(choice($._reference, $._bracketed, $.index), ".", field("name", alias($.name, $.member))),
      ),
    call: ($) =>
      prec(
        PRECEDENCE.postfix,
        seq(field("function", $._callee), field("arguments", $.arguments)),
      ),
    index: ($) =>
      prec(
        PRECEDENCE.postfix,
        seq(choice($._reference, $._bracketed, $.index), "[", $._expression, "]"),
      ),
    arguments: ($) =>
      seq(
        "(",
        optional(
          choice(
            open_list(choice($._expression, $.named)),
            seq($._expression, "for", $._binders),
            seq($._expression, "on", field("days", $._expression)),
          ),
        ),
        ")",
      ),
    named: ($) => seq(field("name", $.name), ":", optional(field("value", $._expression))),
    _bracketed: ($) => choice($.parenthesized, $.between),
    parenthesized: ($) => seq("(", $._expression, ")"),
    between: ($) => seq("(", $._expression, "between", $.parties, ")"),

    _literal: ($) =>
      choice(
        $.quantity,
        $.number,
        $.date,
        $.instant,
        $.day_count,
        $.text,
        $.duration,
        $.true,
        $.false,
        $.list,
      ),
    duration: ($) =>
      prec.right(
        PRECEDENCE.postfix,
        seq($.length, optional(seq("(", field("calendar", $._expression), ")"))),
      ),
    true: () => "true",
    false: () => "false",
    list: ($) =>
      seq(
        "[",
        optional(choice(open_list($._expression), seq($._expression, "for", $._binders))),
        "]",
      ),
    quantity: ($) => prec(PRECEDENCE.postfix, seq($.number, field("unit", $.unit_of_quantity))),
    unit_of_quantity: ($) => seq($.name, repeat($._per)),

    // --- words and signs ---

    name: () => /[A-Za-z_][A-Za-z0-9_]*/,
    _per: () => token.immediate(/\/[A-Za-z_][A-Za-z0-9_]*/),
    number: () => /[0-9]+(_[0-9]+)*(\.[0-9]+)?(%|bp)?/,
    length: () => /[0-9]+(min|bd|[shdwMy])/,
    date: () => /[0-9]{4}-[0-9][0-9]-[0-9][0-9]/,
    instant: () => /[0-9]{4}-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9](:[0-9][0-9])?Z/,
    time: () => /[0-9][0-9]:[0-9][0-9]/,
    day_count: () => token(prec(1, choice(...vocabulary.day_counts))),
    text: () => /"[^"\n]*"/,
    // Four slashes and more are a comment: of two that fit, the longer counts.
    documentation: () => token(/\/\/\/([^\/\n][^\n]*)?/),
    comment: () => token(/\/\/[^\n]*/),
  },
});

/** Two expressions and the operator between them. */
function operated($, operator) {
  return seq(
    field("left", $._expression),
    field("operator", operator),
    field("right", $._expression),
  );
}

/** Any number of what ends with its line or with `;`, empty ones among them. */
function statements($, rule) {
  const end = choice(";", $._line_end);
  return seq(optional(rule), repeat(seq(end, optional(rule))));
}
