#pragma once

#include "kai-test-keys.h"
#include "security/kai-ebill-file.h"

G_BEGIN_DECLS

/* E-bills for tests. */

/* A complete blue bill of two items (120.00 and 0.50), issued today. */
KaiEbill *make_ebill (void);
/* Content, unit's and supervisor's signature, put together. */
GBytes *make_ebill_file (KaiEbill *ebill, const KaiTestKey *unit, const KaiTestKey *supervisor);

G_END_DECLS
