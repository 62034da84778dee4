/** Rules of the house as tests. */
@NullMarked
package lemnos.house;

import org.jspecify.annotations.NullMarked;
