#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* 2026-2027学年第一学期, 2026~2027 (1) … → 2026-2027-1: for comparing only, never shown. Caller frees. */
char *kai_import_plain_term (const char *term);

G_END_DECLS
