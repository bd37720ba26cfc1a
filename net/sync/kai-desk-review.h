#pragma once

#include "store/kai-review-store.h"
#include "sync/kai-desk.h"

G_BEGIN_DECLS

/* Four eyes: where the unit's set-up asks for two people (base data setting two_person = 1, or two-person of the site profile), what a clerk issues
 * or corrects waits until a reviewer — never the maker — approves it. Until then it is no notice: it has no number, nobody is told, and no figure
 * counts it. Every step is a line in the log. */
gboolean kai_desk_needs_review (KaiDesk *desk);

/* Issues what waits, in the maker's name, all of @ids (gint64) that may be: each that may not (unknown, dealt with, one's own, no longer allowed by base
 * data) gets a line in @problems (KaiProblem; row = its place from 1, field = its number) and holds up none of the others. @issued (nullable): KaiNotice of the others are added. FALSE
 * when nothing could be done at all: NOT_ALLOWED for who is no reviewer. */
gboolean kai_desk_approve (KaiDesk *desk, const GArray *ids, GPtrArray *issued, GPtrArray *problems,
                           GError **error);
/* Back to the maker with a reason. */
gboolean kai_desk_send_back (KaiDesk *desk, gint64 id, const char *reason, GError **error);
/* The maker hands it in again with other content (which passed kai_notice_check), or takes it back for good. CONFLICT once it was approved;
 * NOT_ALLOWED for anybody else's. */
gboolean kai_desk_resubmit (KaiDesk *desk, gint64 id, KaiNotice *notice, GError **error);
gboolean kai_desk_withdraw (KaiDesk *desk, gint64 id, GError **error);

/* For the parts of the desk: @notice (with an id: a refused one) is put among those that wait, and knows it (review_id). */
gboolean kai_desk_hold_for_review (KaiDesk *desk, KaiNotice *notice, GError **error);

G_END_DECLS
