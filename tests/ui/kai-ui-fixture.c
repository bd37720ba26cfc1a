/* What the tests of the window share. */
#include "kai-ui-fixture.h"
#include "kai-quark-table.h"

#include "editor/kai-editor-page.h"
#include "kai-accelerators.h"
#include "store/kai-base-data-store.h"
#include "store/kai-code-lease.h"
#include "store/kai-notice-store.h"
#include "store/kai-stock.h"

#include <string.h>

#define UNIT "320684001"
#define WAIT_S 20

static GtkApplication *app;

gboolean
kai_ui_test_init (int *argc, char ***argv)
{
  kai_quark_table_ignore ();
  if (!gtk_init_check (argc, argv))
    {
      g_print ("1..0 # SKIP there is no display\n");
      return FALSE;
    }
  g_test_init (argc, argv, NULL);
  g_object_set (gtk_settings_get_default (), "gtk-enable-animations", FALSE, NULL);
  return TRUE;
}

static void
set (char **field, const char *text)
{
  g_free (*field);
  *field = g_strdup (text);
}

static void
add_item (KaiBaseData *base, const char *code, const char *name, KaiStandardKind kind, KaiMoney min,
          KaiMoney max)
{
  KaiItem *item = kai_item_new ();

  set (&item->code, code);
  set (&item->name, name);
  set (&item->unit_of_measure, "学期");
  set (&item->bill_type, "E01");
  item->standard = kind;
  item->min = min;
  item->max = max;
  g_ptr_array_add (base->items, item);
}

static KaiBaseData *
make_base_data (const char *roles)
{
  KaiBaseData *base = kai_base_data_new ();
  KaiUnit *unit = kai_unit_new ();
  KaiUser *user = kai_user_new ();

  set (&base->version, "1");
  base->fetched_at = g_get_real_time () / G_USEC_PER_SEC;
  set (&unit->code, UNIT);
  set (&unit->name, "第一中学");
  set (&unit->region, "320684");
  set (&unit->assigner, "001");
  set (&unit->account_type, "1");
  set (&unit->account_name, "财政专户");
  set (&unit->account, "1001");
  set (&unit->account_bank, "农商行");
  set (&unit->account_bank_no, "3140000001");
  set (&user->code, KAI_UI_CLERK);
  set (&user->name, "张三");
  set (&user->unit_code, UNIT);
  set (&user->roles, roles);
  g_ptr_array_add (base->units, unit);
  g_ptr_array_add (base->users, user);
  add_item (base, KAI_UI_FIXED, "普通高中学费", KAI_STANDARD_FIXED, 85000, 85000);
  add_item (base, KAI_UI_FREE, "场地使用费", KAI_STANDARD_FREE, 0, 0);
  add_item (base, KAI_UI_RANGE, "考试报名费", KAI_STANDARD_RANGE, 1000, 50000);
  g_hash_table_insert (base->settings, g_strdup ("pay_url"), g_strdup ("https://pay.example/pay/"));
  return base;
}

/* Every test store has the same data key. */
static void
unlock (KaiDatabase *db)
{
  static const guchar bytes[KAI_VAULT_KEY_SIZE] = { 1, 2, 3 };
  g_autoptr (GBytes) key = g_bytes_new_static (bytes, sizeof bytes);
  g_autoptr (KaiVault) vault = kai_vault_new (key);

  kai_database_set_vault (db, vault);
}

void
kai_ui_fixture_set_up (KaiUiFixture *f, gconstpointer data)
{
  g_autoptr (KaiBaseData) base = make_base_data (data ? data : "clerk");
  g_autoptr (KaiConnection) connection = NULL;
  g_autoptr (GError) error = NULL;
  KaiDatabase *db;
  KaiDesk *desk;

  f->dir = kai_test_make_dir ();
  db = kai_database_open (f->dir, "kaipiao.db", &kai_store_schema, &error);
  g_assert_no_error (error);
  g_assert_true (kai_base_data_store_replace (db, base, &error));
  g_assert_true (
      kai_code_lease_add (db, "320684", kai_day_today () / 10000, "001", 1, 99999999, &error));
  g_assert_no_error (error);
  kai_database_close (db);

  connection = kai_connection_new (f->dir);
  set (&connection->user, KAI_UI_CLERK);
  connection->offline = TRUE;
  desk = kai_desk_open (connection, NULL, &error);
  g_assert_no_error (error);
  unlock (kai_desk_get_database (desk));
  f->session = kai_session_new (desk, NULL, FALSE);
}

void
kai_ui_fixture_tear_down (KaiUiFixture *f, gconstpointer data)
{
  kai_ui_settle ();
  g_assert_finalize_object (f->session);
  kai_test_remove_dir (f->dir);
}

void
kai_ui_add_notices (KaiUiFixture *f, int n)
{
  KaiDatabase *db = kai_session_get_database (f->session);
  g_autoptr (GError) error = NULL;

  g_assert_true (kai_database_begin (db, &error));
  for (int i = 0; i < n; i++)
    {
      g_autoptr (KaiNotice) notice = kai_notice_new ();
      g_autofree char *code = g_strdup_printf ("32068426001%08d1", i);

      kai_notice_set (&notice->payment_code, code);
      kai_notice_set (&notice->payer_name, "王小明");
      kai_notice_set (&notice->mobile, "13812345678");
      kai_notice_set (&notice->unit_code, UNIT);
      kai_notice_set (&notice->clerk_code, KAI_UI_CLERK);
      notice->payer_kind = KAI_PAYER_PERSON;
      notice->bill_date = 20261101;
      notice->valid_until = 20991231;
      notice->sync = KAI_SYNC_ACCEPTED;
      kai_notice_add_item (notice, KAI_UI_FREE, 1, 900000 + i);
      g_assert_true (kai_notice_sum (notice));
      kai_notice_store_insert (db, notice, &error);
      g_assert_no_error (error);
    }
  g_assert_true (kai_database_commit (db, &error));
}

void
kai_ui_deliver (KaiUiFixture *f)
{
  g_autoptr (GPtrArray) ranges =
      g_ptr_array_new_with_free_func ((GDestroyNotify)kai_stock_range_free);
  KaiStockRange *range = g_new0 (KaiStockRange, 1);

  *range = (KaiStockRange){ .type = g_strdup ("0101"),
                            .version = g_strdup ("2026"),
                            .holder = g_strdup (UNIT),
                            .state = KAI_STOCK_TO_TAKE_IN,
                            .range = { 101, 200, 10 } };
  g_ptr_array_add (ranges, range);
  g_assert_true (
      kai_stock_set_deliveries (kai_session_get_database (f->session), UNIT, ranges, NULL));
}

KaiDatabase *
kai_ui_open_other (KaiUiFixture *f)
{
  g_autoptr (GError) error = NULL;
  KaiDatabase *db = kai_database_open (f->dir, "kaipiao.db", &kai_store_schema, &error);

  g_assert_no_error (error);
  unlock (db);
  return db;
}

void
kai_ui_replace_base_data (KaiUiFixture *f, const char *item_code, const char *item_name,
                          gboolean fetched)
{
  static int version = 1;
  g_autoptr (KaiBaseData) base = make_base_data ("clerk");
  g_autofree char *word = g_strdup_printf ("%d", ++version);
  g_autoptr (GError) error = NULL;
  KaiDatabase *db = kai_ui_open_other (f);

  set (&base->version, word);
  if (item_code)
    add_item (base, item_code, item_name, KAI_STANDARD_FREE, 0, 0);
  if (!fetched)
    base->fetched_at = 0;
  g_assert_true (kai_base_data_store_replace (db, base, &error));
  g_assert_no_error (error);
  kai_database_close (db);
}

static gboolean
on_timeout_cb (gpointer data)
{
  *(gboolean *)data = TRUE;
  return G_SOURCE_REMOVE;
}

void
kai_ui_wait_for (KaiUiCondition condition, gpointer data, const char *where, const char *what)
{
  gboolean late = FALSE;
  guint id = g_timeout_add_seconds (WAIT_S, on_timeout_cb, &late);

  while (!condition (data) && !late)
    g_main_context_iteration (NULL, TRUE);
  if (late)
    g_error ("%s: %s did not come within %d s", where, what, WAIT_S);
  g_source_remove (id);
}

void
kai_ui_settle (void)
{
  while (g_main_context_pending (NULL))
    g_main_context_iteration (NULL, FALSE);
}

void
kai_ui_press (gpointer window, guint keyval, GdkModifierType state)
{
  GdkKeymap *keymap = gdk_keymap_get_for_display (gtk_widget_get_display (window));
  g_autofree GdkKeymapKey *keys = NULL;
  GdkEvent *event = gdk_event_new (GDK_KEY_PRESS);
  int n = 0;

  event->key.window = g_object_ref (gtk_widget_get_window (window));
  event->key.send_event = TRUE;
  event->key.time = GDK_CURRENT_TIME;
  event->key.keyval = keyval;
  event->key.state = state;
  event->key.string = g_strdup ("");
  if (gdk_keymap_get_entries_for_keyval (keymap, keyval, &keys, &n) && n > 0)
    {
      event->key.hardware_keycode = (guint16)keys[0].keycode;
      event->key.group = (guint8)keys[0].group;
    }
  gdk_event_set_device (event, gdk_seat_get_keyboard (
                                   gdk_display_get_default_seat (gtk_widget_get_display (window))));
  /* Through the main loop: what handles it may ask for the current event. */
  gtk_main_do_event (event);
  gdk_event_free (event);
  kai_ui_settle ();
}

typedef struct
{
  const char *name;
  GtkWidget *found;
} Search;

static void
search_cb (GtkWidget *widget, gpointer data)
{
  Search *search = data;
  const char *name = atk_object_get_name (gtk_widget_get_accessible (widget));

  /* The titles of columns are buttons too. */
  if (search->found)
    return;
  if (g_strcmp0 (name, search->name) == 0 && !GTK_IS_LABEL (widget))
    search->found = widget;
  else if (GTK_IS_CONTAINER (widget) && !GTK_IS_TREE_VIEW (widget))
    gtk_container_forall (GTK_CONTAINER (widget), search_cb, search);
}

GtkWidget *
kai_ui_find (GtkWidget *root, const char *name)
{
  Search search = { .name = name };

  search_cb (root, &search);
  if (!search.found)
    g_error ("there is no widget named “%s”", name);
  return search.found;
}

typedef struct
{
  const char *text;
  gboolean found;
} Reading;

static void
read_cb (GtkWidget *widget, gpointer data)
{
  Reading *reading = data;

  if (GTK_IS_LABEL (widget) && gtk_widget_get_mapped (widget)
      && strstr (gtk_label_get_text (GTK_LABEL (widget)), reading->text))
    reading->found = TRUE;
  if (GTK_IS_CONTAINER (widget))
    gtk_container_forall (GTK_CONTAINER (widget), read_cb, reading);
}

gboolean
kai_ui_reads (gpointer root, const char *text)
{
  Reading reading = { .text = text };

  read_cb (root, &reading);
  return reading.found;
}

/* ---- The whole window ---- */

int
kai_ui_run_in_application (void)
{
  int status;

  app = gtk_application_new ("cn.kaipiao.Test", G_APPLICATION_NON_UNIQUE);
  g_assert_true (g_application_register (G_APPLICATION (app), NULL, NULL));
  kai_accelerators_install (app);
  status = g_test_run ();
  g_clear_object (&app);
  return status;
}

GtkApplication *
kai_ui_get_application (void)
{
  return app;
}

KaiWindow *
kai_ui_open_window (KaiUiFixture *f)
{
  KaiWindow *window = kai_window_new (app, NULL);

  kai_window_set_session (window, f->session);
  gtk_window_present (GTK_WINDOW (window));
  kai_ui_settle ();
  return window;
}

static gboolean
is_laid_out (gpointer window)
{
  GtkWidget *remark = kai_ui_find_in_page (window, KAI_TYPE_EDITOR_PAGE, "Remark");

  return gtk_widget_get_mapped (remark) && gtk_widget_get_allocated_width (remark) > 100;
}

KaiWindow *
kai_ui_open_editor (KaiUiFixture *f)
{
  KaiWindow *window = kai_ui_open_window (f);

  kai_ui_press (window, GDK_KEY_n, GDK_CONTROL_MASK);
  kai_ui_wait (is_laid_out, window);
  return window;
}

void
kai_ui_close_window (KaiWindow *window)
{
  gtk_widget_destroy (GTK_WIDGET (window));
  kai_ui_settle ();
}

typedef struct
{
  GType type;
  GtkWidget *found;
} PageSearch;

static void
find_page_cb (GtkWidget *widget, gpointer data)
{
  PageSearch *search = data;

  if (G_TYPE_CHECK_INSTANCE_TYPE (widget, search->type))
    search->found = widget;
  else if (!search->found && GTK_IS_CONTAINER (widget))
    gtk_container_forall (GTK_CONTAINER (widget), find_page_cb, search);
}

GtkWidget *
kai_ui_find_in_page (gpointer window, GType page, const char *name)
{
  PageSearch search = { .type = page };

  find_page_cb (window, &search);
  g_assert_nonnull (search.found);
  return kai_ui_find (search.found, name);
}
