/** The {@code lemnos} command. */
@NullMarked
package lemnos.app;

import org.jspecify.annotations.NullMarked;
