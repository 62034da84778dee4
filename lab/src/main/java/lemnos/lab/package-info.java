/** Measurements and rejected variants, kept runnable; never published. */
@NullMarked
package lemnos.lab;

import org.jspecify.annotations.NullMarked;
