/** Numbered examples: each shows one thing and is run by a test. */
@NullMarked
package lemnos.examples;

import org.jspecify.annotations.NullMarked;
