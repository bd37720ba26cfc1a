/* Nothing is cut off: every page with long data in it, and the popovers, on the screens and with the sizes of text that offices have,
 * in the language of the locale (meson runs it in English and in Chinese). Each widget must have at least the room it cannot do without, inside
 * what can be seen of the window or, downwards only, be scrolled to. */
#include "kai-ui-fixture.h"

#include "editor/kai-editor-page.h"
#include "import/kai-import-page.h"
#include "kai-window.h"
#include "notices/kai-notices-page.h"
#include "store/kai-notice-store.h"
#include "widgets/kai-wrap-box.h"

#include <libintl.h>
#include <locale.h>
#include <string.h>

#define UNIT "320684001"
#define USUAL_DPI (96 * 1024)
#define PANEL 32 /* of the desktop, above or below the largest window */
#define ROLES "clerk reviewer administrator"
#define LONG_NAME "海门市三厂镇中心幼儿园附属第二实验小学东校区学生家长委员会后勤服务中心"
#define LONG_TEXT                                                                                  \
  "Pays for both children, second half of the school year, the bus from the old town included"

typedef struct
{
  int width, height, percent; /* of the text */
} Screen;

/* The usual office screen, with larger text, one of twice the dots (half the size in ours), and a large one. */
static const Screen screens[] = {
  { 1366, 768, 100 }, { 1366, 768, 125 }, { 1366, 768, 150 }, { 960, 540, 100 }, { 1920, 1080, 100 }
};
static const char *const pages[] = { "home",   "notices",  "editor", "import",
                                     "ebills", "stock",    "payers", "templates",
                                     "review", "messages", "log",    "settings" };

typedef struct
{
  const char *what;
  GtkWidget *window;
  int cut; /* widgets */
} Check;

typedef struct
{
  int left, right, top, bottom;
} Room;

/* ---- Laying out ---- */

typedef struct
{
  int frames;
} Frames;

static void
on_after_paint_cb (GdkFrameClock *clock, gpointer data)
{
  Frames *frames = data;

  frames->frames--;
  gdk_frame_clock_request_phase (clock, GDK_FRAME_CLOCK_PHASE_LAYOUT | GDK_FRAME_CLOCK_PHASE_PAINT);
}

static gboolean
is_painted (gpointer data)
{
  Frames *frames = data;

  return frames->frames <= 0;
}

/* Until everything stands where it stays: what follows from a size that is known only now, does so in the frames after it. */
static void
lay_out (GtkWidget *window)
{
  GdkFrameClock *clock = gtk_widget_get_frame_clock (window);
  Frames frames = { .frames = 4 };
  gulong id = g_signal_connect (clock, "after-paint", G_CALLBACK (on_after_paint_cb), &frames);

  kai_ui_settle ();
  gdk_frame_clock_request_phase (clock, GDK_FRAME_CLOCK_PHASE_LAYOUT | GDK_FRAME_CLOCK_PHASE_PAINT);
  kai_ui_wait (is_painted, &frames);
  g_signal_handler_disconnect (clock, id);
  kai_ui_settle ();
}

static GtkWidget *
find_id (GtkWidget *widget, const char *id)
{
  const char *name = gtk_buildable_get_name (GTK_BUILDABLE (widget));
  g_autoptr (GList) children = NULL;
  GtkWidget *found = g_strcmp0 (name, id) == 0 ? widget : NULL;

  if (found || !GTK_IS_CONTAINER (widget))
    return found;
  children = gtk_container_get_children (GTK_CONTAINER (widget));
  for (GList *at = children; at && !found; at = at->next)
    found = find_id (at->data, id);
  return found;
}

static void
complain (Check *check, GtkWidget *widget, const char *why, int has, int needs)
{
  const char *text = GTK_IS_LABEL (widget) ? gtk_label_get_text (GTK_LABEL (widget)) : NULL;
  int min;

  if (!text)
    text = atk_object_get_name (gtk_widget_get_accessible (widget));
  gtk_widget_get_preferred_width (widget, &min, NULL);
  g_test_message ("%s: %s %s “%.60s” %s: %d of %d (at least %d wide)", check->what,
                  G_OBJECT_TYPE_NAME (widget), gtk_buildable_get_name (GTK_BUILDABLE (widget)),
                  text ? text : "", why, has, needs, min);
  check->cut++;
}

typedef struct
{
  Check *check;
  Room room;
} Walk;

static void
walk_cb (GtkWidget *widget, gpointer data)
{
  Walk walk = *(Walk *)data;
  int x, y, min, height, width = gtk_widget_get_allocated_width (widget);

  if (!gtk_widget_get_mapped (widget) || GTK_IS_POPOVER (widget))
    return;
  gtk_widget_translate_coordinates (widget, walk.check->window, 0, 0, &x, &y);
  height = gtk_widget_get_allocated_height (widget);
  gtk_widget_get_preferred_width (widget, &min, NULL);
  min -= gtk_widget_get_margin_start (widget) + gtk_widget_get_margin_end (widget);
  /* What scrolls by itself does with any width. */
  if (width < min && !GTK_IS_SCROLLABLE (widget))
    complain (walk.check, widget, "is too narrow", width, min);
  if (x < walk.room.left || x + width > walk.room.right)
    complain (walk.check, widget, "is cut at the side", x + width, walk.room.right);
  if (y < walk.room.top || y + height > walk.room.bottom)
    complain (walk.check, widget, "is cut below", y + height, walk.room.bottom);
  if (GTK_IS_SCROLLED_WINDOW (widget))
    {
      GtkPolicyType policy;

      gtk_scrolled_window_get_policy (GTK_SCROLLED_WINDOW (widget), NULL, &policy);
      walk.room.left = MAX (walk.room.left, x);
      walk.room.right = MIN (walk.room.right, x + width);
      if (policy != GTK_POLICY_NEVER)
        {
          walk.room.top = -G_MAXINT / 2;
          walk.room.bottom = G_MAXINT / 2;
        }
    }
  /* Lists scroll sideways, too. */
  if (GTK_IS_CONTAINER (widget) && !GTK_IS_TREE_VIEW (widget))
    gtk_container_forall (GTK_CONTAINER (widget), walk_cb, &walk);
}

static void
check_widgets (Check *check, GtkWidget *root)
{
  Walk walk = { .check = check };

  walk.room.right = gtk_widget_get_allocated_width (check->window);
  walk.room.bottom = gtk_widget_get_allocated_height (check->window);
  walk_cb (root, &walk);
}

/* ---- What is in the window ---- */

static void
add_long_notice (KaiUiFixture *f)
{
  KaiDatabase *db = kai_session_get_database (f->session);
  g_autoptr (KaiNotice) notice = kai_notice_new ();
  g_autoptr (GError) error = NULL;

  kai_notice_set (&notice->payment_code, "32068426001999999991");
  kai_notice_set (&notice->payer_name, LONG_NAME);
  kai_notice_set (&notice->payer_id, "91320684MA1XXXXX0X");
  kai_notice_set (&notice->mobile, "13812345678");
  kai_notice_set (&notice->memo, LONG_TEXT);
  kai_notice_set (&notice->term, "2026-2027-1");
  kai_notice_set (&notice->unit_code, UNIT);
  kai_notice_set (&notice->clerk_code, KAI_UI_CLERK);
  notice->payer_kind = KAI_PAYER_ORGANISATION;
  notice->bill_date = 20261101;
  notice->valid_until = 20991231;
  notice->sync = KAI_SYNC_ACCEPTED;
  kai_notice_add_item (notice, KAI_UI_FREE, 1, G_GINT64_CONSTANT (9999999999999));
  g_assert_true (kai_notice_sum (notice));
  kai_notice_store_insert (db, notice, &error);
  g_assert_no_error (error);
}

typedef struct
{
  GActionGroup *group;
  const char *action;
} Command;

static gboolean
is_enabled (gpointer data)
{
  Command *command = data;

  return g_action_group_get_action_enabled (command->group, command->action);
}

static void
act (GtkWidget *window, const char *prefix, const char *action)
{
  Command command = { gtk_widget_get_action_group (window, prefix), action };

  g_assert_nonnull (command.group);
  kai_ui_wait (is_enabled, &command);
  g_action_group_activate_action (command.group, action, NULL);
  kai_ui_settle ();
}

static void
type (GtkWidget *page, const char *id, const char *text)
{
  gtk_entry_set_text (GTK_ENTRY (find_id (page, id)), text);
  kai_ui_settle ();
}

static void
choose_first (GtkWidget *view)
{
  g_autoptr (GtkTreePath) path = gtk_tree_path_new_first ();

  gtk_tree_selection_select_path (gtk_tree_view_get_selection (GTK_TREE_VIEW (view)), path);
  kai_ui_settle ();
}

static void
fill_notices (GtkWidget *window, GtkWidget *page)
{
  choose_first (find_id (page, "view"));
  act (window, "notices", "more-filters");
  act (window, "notices", "void");
}

static void
fill_editor (GtkWidget *window, GtkWidget *page)
{
  act (window, "editor", "save"); /* every problem is shown at its field */
  type (page, "payer_entry", LONG_NAME);
  type (page, "id_entry", "32068419900307123");
  type (page, "memo_entry", LONG_TEXT);
  type (page, "item_entry", KAI_UI_RANGE);
  type (page, "amount_entry", "9999999");
  act (window, "editor", "add-item");
  act (window, "editor", "save");
}

static gboolean
is_read (gpointer page)
{
  GtkWidget *issue = find_id (page, "issue_button");

  return gtk_widget_get_mapped (issue)
         && !g_action_group_get_action_enabled (kai_import_page_get_actions (page), "cancel-read");
}

static void
fill_import (KaiUiFixture *f, GtkWidget *window, GtkWidget *page)
{
  g_autofree char *path = g_build_filename (f->dir, "名单-" LONG_NAME ".csv", NULL);
  const char *text = "班级,学生姓名,身份证号,手机,学费栏,学期\n"
                     "高一(1)班," LONG_NAME ",110105194912310021,1381234,850,2026-2027-1\n"
                     "高一(2)班,张小军,110105199003070017,13812345678,,2026-2027-1\n";
  g_autoptr (GError) error = NULL;

  g_file_set_contents (path, text, -1, &error);
  g_assert_no_error (error);
  kai_import_page_open (KAI_IMPORT_PAGE (page), path);
  kai_ui_wait (is_read, page);
  act (window, "import", "replace");
}

static void
fill_page (KaiUiFixture *f, GtkWidget *window, GtkWidget *page, const char *name)
{
  if (g_str_equal (name, "notices"))
    fill_notices (window, page);
  else if (g_str_equal (name, "editor"))
    fill_editor (window, page);
  else if (g_str_equal (name, "import"))
    fill_import (f, window, page);
  else if (g_str_equal (name, "stock"))
    choose_first (find_id (page, "view"));
}

/* ---- The window on a screen ---- */

typedef struct
{
  GtkWidget *window;
  int width, height;
} Size;

static gboolean
has_size (gpointer data)
{
  Size *size = data;
  int width, height;

  gtk_window_get_size (GTK_WINDOW (size->window), &width, &height);
  return width >= size->width && height >= size->height;
}

static GtkWidget *
open_window (KaiUiFixture *f, const Screen *screen)
{
  Size size = { .width = screen->width, .height = screen->height - PANEL };
  int min_width, min_height;

  add_long_notice (f);
  kai_ui_deliver (f);
  g_object_set (gtk_settings_get_default (), "gtk-xft-dpi", USUAL_DPI / 100 * screen->percent,
                NULL);
  size.window = GTK_WIDGET (kai_ui_open_window (f));
  gtk_widget_get_preferred_width (size.window, &min_width, NULL);
  gtk_widget_get_preferred_height (size.window, &min_height, NULL);
  if (min_width > size.width || min_height > size.height)
    {
      g_test_message ("the window needs %d × %d of %d × %d", min_width, min_height, size.width,
                      size.height);
      g_test_fail ();
    }
  gtk_window_resize (GTK_WINDOW (size.window), size.width, size.height);
  kai_ui_wait (has_size, &size);
  lay_out (size.window);
  return size.window;
}

static void
close_window (GtkWidget *window)
{
  kai_ui_close_window (KAI_WINDOW (window));
  g_object_set (gtk_settings_get_default (), "gtk-xft-dpi", USUAL_DPI, NULL);
}

static gboolean
is_shown (gpointer page)
{
  return gtk_widget_get_mapped (page);
}

/* A page that had to be scrolled as a whole would hide its buttons. */
static void
check_page (Check *check, GtkWidget *stack, GtkWidget *page)
{
  GtkWidget *parent = gtk_widget_get_parent (stack);
  int width, height, min;

  lay_out (check->window);
  width = gtk_widget_get_allocated_width (parent);
  height = gtk_widget_get_allocated_height (parent);
  gtk_widget_get_preferred_width (page, &min, NULL);
  if (min > width)
    complain (check, page, "as a whole is too narrow", width, min);
  gtk_widget_get_preferred_height_for_width (page, width, &min, NULL);
  if (min > height)
    complain (check, page, "as a whole is too low", height, min);
  check_widgets (check, check->window);
}

static void
test_pages (KaiUiFixture *f, gconstpointer data)
{
  const Screen *screen = data;
  GtkWidget *window = open_window (f, screen);
  GtkWidget *stack = find_id (window, "pages");
  int cut = 0;

  for (guint i = 0; i < G_N_ELEMENTS (pages); i++)
    {
      GtkWidget *page = gtk_stack_get_child_by_name (GTK_STACK (stack), pages[i]);
      Check check = { .what = pages[i], .window = window };

      gtk_stack_set_visible_child (GTK_STACK (stack), page);
      kai_ui_wait (is_shown, page);
      kai_ui_settle ();
      check_page (&check, stack, page);
      fill_page (f, window, page, pages[i]);
      check_page (&check, stack, page);
      cut += check.cut;
    }
  if (cut > 0)
    g_test_fail ();
  close_window (window);
}

static const struct
{
  const char *page, *inside, *id; /* of the button that opens it */
} popovers[] = { { "notices", "notices_page", "list_menu_button" },
                 { "editor", "editor_page", "templates_button" },
                 { "editor", "editor_page", "drafts_button" },
                 { "home", "state_bar", "button" },
                 { "home", "header_bar", "menu_button" } };

static void
test_popovers (KaiUiFixture *f, gconstpointer data)
{
  const Screen *screen = data;
  GtkWidget *window = open_window (f, screen);
  int cut = 0;

  for (guint i = 0; i < G_N_ELEMENTS (popovers); i++)
    {
      GtkWidget *button, *popover;
      Check check = { .what = popovers[i].id, .window = window };

      kai_window_show_page (KAI_WINDOW (window), popovers[i].page);
      kai_ui_settle ();
      button = find_id (find_id (window, popovers[i].inside), popovers[i].id);
      g_assert_nonnull (button);
      popover = GTK_WIDGET (gtk_menu_button_get_popover (GTK_MENU_BUTTON (button)));
      gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (button), TRUE);
      kai_ui_wait (is_shown, popover);
      lay_out (window);
      check_widgets (&check, gtk_bin_get_child (GTK_BIN (popover)));
      gtk_popover_popdown (GTK_POPOVER (popover));
      kai_ui_settle ();
      cut += check.cut;
    }
  if (cut > 0)
    g_test_fail ();
  close_window (window);
}

static void
test_sign_in (KaiUiFixture *f, gconstpointer data)
{
  GtkWidget *window = open_window (f, data);
  Check check = { .what = "sign-in", .window = window };

  kai_window_set_session (KAI_WINDOW (window), NULL);
  gtk_expander_set_expanded (GTK_EXPANDER (find_id (window, "connection_expander")), TRUE);
  lay_out (window);
  check_widgets (&check, window);
  if (check.cut > 0)
    g_test_fail ();
  kai_window_set_session (KAI_WINDOW (window), f->session);
  close_window (window);
}

static GtkWidget *
add_block (GtkWidget *box, GtkPackType pack)
{
  GtkWidget *block = gtk_drawing_area_new ();

  gtk_widget_set_size_request (block, 100, 20);
  gtk_widget_show (block);
  gtk_container_add_with_properties (GTK_CONTAINER (box), block, "pack-type", pack, NULL);
  return block;
}

/* A row that wraps: in one line while there is room, what is packed at the end at its end; else in lines, in the same order. */
static void
test_wrap_box (void)
{
  const struct
  {
    int width, height; /* of the box */
    int x[3], y[3];
  } table[] = { { 320, 20, { 0, 110, 220 }, { 0, 0, 0 } },
                { 500, 20, { 0, 110, 400 }, { 0, 0, 0 } },
                { 319, 50, { 0, 110, 0 }, { 0, 0, 30 } },
                { 100, 80, { 0, 0, 0 }, { 0, 30, 60 } } };
  GtkWidget *box = g_object_ref_sink (g_object_new (KAI_TYPE_WRAP_BOX, "spacing", 10, NULL));
  GtkWidget *hidden = add_block (box, GTK_PACK_START);
  GtkWidget *blocks[] = { add_block (box, GTK_PACK_START), add_block (box, GTK_PACK_START),
                          add_block (box, GTK_PACK_END) };
  int min, natural;

  gtk_widget_hide (hidden);
  gtk_widget_show (box);
  gtk_widget_get_preferred_width (box, &min, &natural);
  g_assert_cmpint (min, ==, 100);
  g_assert_cmpint (natural, ==, 320);
  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    {
      GtkAllocation place = { 0, 0, table[i].width, table[i].height };

      gtk_widget_get_preferred_height_for_width (box, table[i].width, &min, &natural);
      g_assert_cmpint (min, ==, table[i].height);
      gtk_widget_size_allocate (box, &place);
      for (guint k = 0; k < G_N_ELEMENTS (blocks); k++)
        {
          gtk_widget_get_allocation (blocks[k], &place);
          g_assert_cmpint (place.x, ==, table[i].x[k]);
          g_assert_cmpint (place.y, ==, table[i].y[k]);
          g_assert_cmpint (place.width, ==, 100);
        }
    }
  gtk_widget_destroy (box);
  g_object_unref (box);
}

/* Columns of the long list have fixed widths: they grow with the text, and what is remembered does not. */
static void
test_columns (KaiUiFixture *f, gconstpointer data)
{
  const Screen large = { 1366, 768, 200 };
  GtkWidget *window = GTK_WIDGET (kai_ui_open_window (f));
  KaiNoticesPage *page = KAI_NOTICES_PAGE (find_id (window, "notices_page"));
  g_autoptr (GVariant) before = kai_notices_page_dup_columns (page), after = NULL;
  GtkTreeView *view = GTK_TREE_VIEW (find_id (GTK_WIDGET (page), "view"));
  int usual = gtk_tree_view_column_get_fixed_width (gtk_tree_view_get_column (view, 0));

  close_window (window);
  window = open_window (f, &large);
  page = KAI_NOTICES_PAGE (find_id (window, "notices_page"));
  view = GTK_TREE_VIEW (find_id (GTK_WIDGET (page), "view"));
  g_assert_cmpint (gtk_tree_view_column_get_fixed_width (gtk_tree_view_get_column (view, 0)), ==,
                   2 * usual);
  after = kai_notices_page_dup_columns (page);
  g_assert_cmpvariant (before, after);
  kai_notices_page_set_columns (page, after);
  g_assert_cmpint (gtk_tree_view_column_get_fixed_width (gtk_tree_view_get_column (view, 0)), ==,
                   2 * usual);
  close_window (window);
}

/* The forms of Chinese characters differ between China and Japan; the font tells. */
static void
test_chinese_forms (KaiUiFixture *f, gconstpointer data)
{
  GtkWidget *window = GTK_WIDGET (kai_ui_open_window (f));
  g_autoptr (PangoLayout) layout =
      gtk_widget_create_pango_layout (find_id (window, "ribbon_label"), "骨直曜返");
  GSList *runs = pango_layout_get_line_readonly (layout, 0)->runs;

  g_assert_nonnull (runs);
  for (; runs; runs = runs->next)
    {
      const PangoGlyphItem *run = runs->data;
      PangoFontDescription *font = pango_font_describe (run->item->analysis.font);

      g_assert_cmpstr (pango_font_description_get_family (font), ==, "Noto Sans CJK SC");
      pango_font_description_free (font);
    }
  close_window (window);
}

static void
set_up (KaiUiFixture *f, gconstpointer data)
{
  kai_ui_fixture_set_up (f, ROLES);
}

static void
add_tests (const char *name, void (*func) (KaiUiFixture *f, gconstpointer data))
{
  for (guint i = 0; i < G_N_ELEMENTS (screens); i++)
    {
      g_autofree char *path = g_strdup_printf ("/layout/%s/%dx%d-%d", name, screens[i].width,
                                               screens[i].height, screens[i].percent);

      g_test_add (path, KaiUiFixture, &screens[i], set_up, func, kai_ui_fixture_tear_down);
    }
}

/* The language of the locale, from the build tree. FALSE when it was asked for and cannot be had here. */
static gboolean
choose_language (void)
{
  const char *wanted = g_getenv ("KAI_TEST_LANGUAGE");

  bindtextdomain ("kaipiao", g_getenv ("KAI_TEST_PO"));
  bind_textdomain_codeset ("kaipiao", "UTF-8");
  if (!wanted || g_str_has_prefix (setlocale (LC_MESSAGES, NULL), wanted))
    return TRUE;
  g_print ("1..0 # SKIP there is no locale %s\n", wanted);
  return FALSE;
}

int
main (int argc, char **argv)
{
  if (!kai_ui_test_init (&argc, &argv))
    return 0;
  if (!choose_language ())
    return 0;
  add_tests ("pages", test_pages);
  add_tests ("popovers", test_popovers);
  add_tests ("sign-in", test_sign_in);
  g_test_add_func ("/layout/wrap-box", test_wrap_box);
  kai_ui_test_add ("/layout/columns", test_columns);
  kai_ui_test_add ("/layout/chinese-forms", test_chinese_forms);
  return kai_ui_run_in_application ();
}
