package lemnos.core;

import org.jspecify.annotations.Nullable;

/**
 * Where data goes, any number of times: the role of a callback. {@link Recipient#fwd} makes one
 * that calls an actor; a lambda makes one that acts at once, inside its caller ({@code _ -> {}}
 * ignores what comes). A Fwd is not a handle: it keeps nothing alive and may be copied freely.
 *
 * <p>One made by {@link Recipient#fwd} may be used from any thread; a lambda runs where it is
 * called.
 *
 * <p>Source of the semantics: Stakker's {@code Fwd}.
 */
@FunctionalInterface
public interface Fwd<M extends @Nullable Object> {
  /** Passes {@code message} on. */
  void fwd(M message);
}
