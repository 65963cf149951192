// SPDX-License-Identifier: MIT
int leaf_number(void);
int middle_number(void) { return leaf_number(); }
