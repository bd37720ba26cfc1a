#pragma once

#include "model/kai-notice.h"

G_BEGIN_DECLS

/* The text message that tells a payer of a notice. The published rules leave it open: it is a template of the site profile ([notices] sms-text), filled in here and
 * nowhere else, for the preview and for the server that sends it. */
#define KAI_NOTICE_SMS_DEFAULT                                                                                        \
  "【{unit}】{payer}：您有{items}共{amount}元待缴，请于{valid_until}前缴纳。缴款识别码{payment_" \
  "code}，缴款网址{pay_url}"

/* {unit} {payer} {items} {amount} {valid_until} {payment_code} {check_code} {pay_url} {term} {class}; what is not known yet (the code before
 * issuing) is written as （…）. @unit and @pay_url may be NULL. Caller frees. */
char *kai_notice_build_sms (const char *template, const KaiNotice *notice, const KaiUnit *unit,
                            const char *pay_url);
/* NULL when every {word} is known; else the one that is not. Caller frees. */
char *kai_notice_find_unknown_word (const char *template);
/* Messages that a network makes of it: 70 characters in one, 67 in each of several. */
int kai_notice_count_sms (const char *text);

G_END_DECLS
