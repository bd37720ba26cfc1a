#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Money is a whole number of fen (1/100 yuan). Never a floating-point number. */
typedef gint64 KaiMoney;

/* 15 digits before the point: 999,999,999,999,999.99 yuan. */
#define KAI_MONEY_MAX G_GINT64_CONSTANT (99999999999999999)

/* As a person types it: optional sign, full-width digits and signs, ￥/¥, separators "," "，" between
 * groups of three, at most two decimals; surrounding white space. Refuses everything else with a sentence. */
gboolean kai_money_parse (const char *text, KaiMoney *out, GError **error);
/* As it stands in messages: -?digits "." two digits, nothing else. */
gboolean kai_money_parse_wire (const char *text, KaiMoney *out, GError **error);
/* "1234.50"; caller frees. Used in messages, JSON and files. */
char *kai_money_to_wire (KaiMoney money);
/* "1,234.50" for people; caller frees. */
char *kai_money_to_display (KaiMoney money);
/* 壹佰零伍元整; negative with 负 before it; caller frees. Rule: the customs of Chinese bank bills
 * (支付结算办法 附一). An amount past KAI_MONEY_MAX has no capitals: it comes out as kai_money_to_display. */
char *kai_money_to_capitals (KaiMoney money);
/* Both FALSE on overflow past ±KAI_MONEY_MAX, *out untouched. */
gboolean kai_money_add (KaiMoney a, KaiMoney b, KaiMoney *out);
gboolean kai_money_multiply (KaiMoney a, gint64 quantity, KaiMoney *out);

G_END_DECLS
