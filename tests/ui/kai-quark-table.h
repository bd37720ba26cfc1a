#pragma once

/* Under AddressSanitizer: GLib's first table of quarks is no leak. First thing in main(); nothing otherwise. */
void kai_quark_table_ignore (void);
