/*
 * The rule of lines: whether the end of a line ends a statement, as `;` would.
 *
 * The parser asks only where a statement may end, so never within brackets or behind an operator.
 * What is left is to look at the next line: does it go on with this one?
 */

#include "line_goes_on.h"
#include "tree_sitter/parser.h"

#include <string.h>

enum { LINE_END, ERROR_SENTINEL };

enum { LONGEST_WORD = 32 };

static bool is_space(int32_t c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == 0xFEFF;
}

static bool is_letter(int32_t c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c >= '0' && c <= '9');
}

static void skip_line(TSLexer *lexer) {
    while (lexer->lookahead != '\n' && !lexer->eof(lexer)) {
        lexer->advance(lexer, false);
    }
}

static bool is_continuing_word(TSLexer *lexer) {
    char word[LONGEST_WORD + 1] = {0};
    for (size_t length = 0; is_letter(lexer->lookahead); length++) {
        if (length == LONGEST_WORD) {
            return false;
        }
        word[length] = (char)lexer->lookahead;
        lexer->advance(lexer, false);
    }
    for (size_t i = 0; i < sizeof CONTINUING_WORDS / sizeof *CONTINUING_WORDS; i++) {
        if (strcmp(word, CONTINUING_WORDS[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* Whether the next word or sign, behind any comments, goes on with the statement. */
static bool next_line_goes_on(TSLexer *lexer) {
    for (;;) {
        int32_t c = lexer->lookahead;
        if (lexer->eof(lexer)) {
            return true;
        }
        if (is_space(c) || c == '\n') {
            lexer->advance(lexer, false);
            continue;
        }
        if (c == '/') {
            lexer->advance(lexer, false);
            if (lexer->lookahead != '/') {
                return true;
            }
            skip_line(lexer);
            continue;
        }
        if (c > 0 && c < 128 && strchr(CONTINUING_SIGNS, (char)c) != NULL) {
            return true;
        }
        return is_letter(c) && is_continuing_word(lexer);
    }
}

void *tree_sitter_rfos_external_scanner_create(void) { return NULL; }

void tree_sitter_rfos_external_scanner_destroy(void *payload) { (void)payload; }

unsigned tree_sitter_rfos_external_scanner_serialize(void *payload, char *buffer) {
    (void)payload;
    (void)buffer;
    return 0;
}

void tree_sitter_rfos_external_scanner_deserialize(void *payload, const char *buffer, unsigned n) {
    (void)payload;
    (void)buffer;
    (void)n;
}

bool tree_sitter_rfos_external_scanner_scan(void *payload, TSLexer *lexer, const bool *valid) {
    (void)payload;
    if (valid[ERROR_SENTINEL] || !valid[LINE_END]) {
        return false;
    }
    while (is_space(lexer->lookahead)) {
        lexer->advance(lexer, true);
    }
    if (lexer->lookahead != '\n') {
        return false;
    }
    lexer->advance(lexer, false);
    lexer->mark_end(lexer);
    lexer->result_symbol = LINE_END;
    return !next_line_goes_on(lexer);
}
