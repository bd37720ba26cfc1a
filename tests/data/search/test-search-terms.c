/* What finds a payer: the rule by a table, and that the tokens never miss what the rule finds. */
#include "search/kai-search-terms.h"

#include "values/kai-error.h"

static const struct
{
  const char *text, *keeping, *without;
} folds[] = {
  { "王小明", "王小明", "王小明" },
  { " 王 小\t明 ", "王小明", "王小明" },
  { "王　小明", "王小明", "王小明" },
  { "ＡＢｃ－１２", "abc-12", "abc12" },
  { "阿卜杜拉•买买提", "阿卜杜拉·买买提", "阿卜杜拉买买提" },
  { "张（三）", "张(三)", "张三" },
  { "138-0000 0001", "138-00000001", "13800000001" },
  { "X\u200by", "xy", "xy" },
  { "100%", "100%", "100" },
  { "\xff王", "\ufffd王", "\ufffd王" },
  { "", "", "" },
};

static void
test_fold (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (folds); i++)
    {
      g_autofree char *keeping = kai_search_fold (folds[i].text, TRUE);
      g_autofree char *without = kai_search_fold (folds[i].text, FALSE);

      g_assert_cmpstr (keeping, ==, folds[i].keeping);
      g_assert_cmpstr (without, ==, folds[i].without);
    }
}

static const KaiSearchFields wang = { "王小明", "32068420100307012X", "13862110001" };
static const KaiSearchFields shan = { "单雄信", "320684201003070111", "+85291234567" };
static const KaiSearchFields dots = { "阿卜杜拉·买买提", "", "" };
static const KaiSearchFields firm = { "南通𠮷（ABC）3M有限公司", "91320684MA1XK2B3C4",
                                      "051382200000" };
static const KaiSearchFields mark = { "100%", "AB1", "123" };

static const struct
{
  const KaiSearchFields *fields;
  const char *text;
  gboolean found;
} rules[] = {
  { &wang, "王", TRUE },
  { &wang, "小", TRUE },
  { &wang, "小明", TRUE },
  { &wang, "王小明", TRUE },
  { &wang, "王 小 明", TRUE },
  { &wang, "王明", FALSE },
  { &wang, "明小", FALSE },
  { &wang, "王小明明", FALSE },
  { &wang, "w", TRUE },
  { &wang, "xm", TRUE },
  { &wang, "wxm", TRUE },
  { &wang, "ＷＸＭ", TRUE },
  { &wang, "wm", FALSE },
  { &wang, "wxmm", FALSE },
  { &wang, "王xm", TRUE },
  { &wang, "w小m", TRUE },
  { &wang, "王mx", FALSE },
  { &wang, "32068420100307012x", TRUE },
  { &wang, "３２０６８４２０１００３０７０１２Ｘ", TRUE },
  { &wang, "320684 20100307 012X", TRUE },
  { &wang, "320684-20100307-012X", TRUE },
  { &wang, "320", TRUE },
  { &wang, "32068420100", TRUE },
  { &wang, "320684201003070", TRUE },
  { &wang, "320684201003071", FALSE },
  { &wang, "012x", TRUE },
  { &wang, "7012X", TRUE },
  { &wang, "0307012X", TRUE },
  { &wang, "1307012X", FALSE },
  { &wang, "12X", FALSE },
  { &wang, "20100307", FALSE },
  { &wang, "32068420100307012X0", FALSE },
  { &wang, "13862110001", TRUE },
  { &wang, "138 6211 0001", TRUE },
  { &wang, "+86 138-6211-0001", TRUE },
  { &wang, "8613862110001", TRUE },
  { &wang, "008613862110001", TRUE },
  { &wang, "1386211", TRUE },
  { &wang, "138", TRUE },
  { &wang, "13", FALSE },
  { &wang, "0001", TRUE },
  { &wang, "10001", TRUE },
  { &wang, "62110001", TRUE },
  { &wang, "2110002", FALSE },
  { &wang, "001", FALSE },
  { &wang, "", FALSE },
  { &wang, " ", FALSE },
  { &wang, "·", FALSE },
  { &shan, "sxx", TRUE },
  { &shan, "dxx", TRUE },
  { &shan, "cxx", TRUE },
  { &shan, "zxx", FALSE },
  { &shan, "单x", TRUE },
  { &shan, "85291234567", TRUE },
  { &shan, "4567", TRUE },
  { &dots, "阿卜杜拉买买提", TRUE },
  { &dots, "阿卜杜拉·买买提", TRUE },
  { &dots, "拉•买", TRUE },
  { &dots, "·", TRUE },
  { &dots, "•", TRUE },
  { &dots, "··", FALSE },
  { &dots, "lmm", TRUE },
  { &firm, "𠮷", TRUE },
  { &firm, "通𠮷ABC", TRUE },
  { &firm, "（ABC）", TRUE },
  { &firm, "(", TRUE },
  { &firm, "()", FALSE },
  { &firm, ")", TRUE },
  { &firm, "ntjabc3myxgs", TRUE },
  { &firm, "3m", TRUE },
  { &firm, "91320684ma1xk2b3c4", TRUE },
  { &firm, "b3c4", TRUE },
  { &firm, "0000", TRUE },
  { &firm, "0513", TRUE },
  { &mark, "%", TRUE },
  { &mark, "100", TRUE },
  { &mark, "0%", TRUE },
  { &mark, "_", FALSE },
  { &mark, "ab1", TRUE },
  { &mark, "123", TRUE },
};

static KaiVault *
make_vault (void)
{
  g_autoptr (GBytes) key = kai_vault_make_key ();

  return kai_vault_new (key);
}

static gboolean
has_token (GPtrArray *tokens, const char *token)
{
  for (guint i = 0; i < tokens->len; i++)
    if (g_str_equal (tokens->pdata[i], token))
      return TRUE;
  return FALSE;
}

/* What an index would answer: any way whose tokens are all there and, unless that is exact, the rule itself. */
static gboolean
index_finds (const KaiSearchText *text, KaiVault *vault, const KaiSearchFields *fields)
{
  g_autoptr (GPtrArray) tokens = kai_search_terms_of (vault, fields);
  g_autoptr (GPtrArray) ways = kai_search_text_ways (text, vault);
  gboolean found = FALSE;

  for (guint i = 0; i < ways->len; i++)
    {
      const KaiSearchWay *way = ways->pdata[i];
      gboolean all = TRUE;

      g_assert_cmpuint (way->tokens->len, >, 0);
      for (guint t = 0; t < way->tokens->len; t++)
        all = all && has_token (tokens, way->tokens->pdata[t]);
      found |= all && (way->is_exact || kai_search_text_matches (text, fields));
    }
  return found;
}

static void
test_rules (void)
{
  g_autoptr (KaiVault) vault = make_vault ();

  for (guint i = 0; i < G_N_ELEMENTS (rules); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (KaiSearchText) text = kai_search_text_new (rules[i].text, &error);

      g_assert_no_error (error);
      g_test_message ("%s in %s", rules[i].text, rules[i].fields->name);
      g_assert_cmpint (kai_search_text_matches (text, rules[i].fields), ==, rules[i].found);
      g_assert_cmpint (index_finds (text, vault, rules[i].fields), ==, rules[i].found);
    }
}

static void
test_too_long (void)
{
  g_autofree char *longest = g_strnfill (500, 'x'), *longer = g_strnfill (501, 'x');
  g_autoptr (GError) error = NULL;
  g_autoptr (KaiSearchText) text = kai_search_text_new (longest, &error);

  g_assert_no_error (error);
  g_assert_nonnull (text);
  g_assert_null (kai_search_text_new (longer, &error));
  g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_LIMIT);
}

/* Tokens tell nothing: of another key none is the same, of the same key all are. */
static void
test_blind (void)
{
  g_autoptr (KaiVault) one = make_vault ();
  g_autoptr (KaiVault) other = make_vault ();
  g_autoptr (GPtrArray) a = kai_search_terms_of (one, &wang);
  g_autoptr (GPtrArray) b = kai_search_terms_of (one, &wang);
  g_autoptr (GPtrArray) c = kai_search_terms_of (other, &wang);

  g_assert_cmpuint (a->len, ==, b->len);
  g_assert_cmpuint (a->len, ==, c->len);
  for (guint i = 0; i < a->len; i++)
    {
      g_assert_cmpstr (a->pdata[i], ==, b->pdata[i]);
      g_assert_false (has_token (c, a->pdata[i]));
      if (i > 0)
        g_assert_cmpstr (a->pdata[i - 1], <, a->pdata[i]);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/search-terms/fold", test_fold);
  g_test_add_func ("/search-terms/rules", test_rules);
  g_test_add_func ("/search-terms/too-long", test_too_long);
  g_test_add_func ("/search-terms/blind", test_blind);
  return g_test_run ();
}
