package lemnos.core;

import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A mutable value that the actors of one loop share. This breaks the rule that actors share
 * nothing, on purpose and where everybody can see it: it binds its users into one group, on one
 * loop.
 *
 * <p>The value is borrowed for as long as a function runs, {@code counts.rw(c -> c.add(1))}, in
 * which everything else is allowed but to borrow it again: two readers may, a writer is alone.
 * Calls are queued and never run inside each other, so only code that is directly nested can do so,
 * and that throws {@link IllegalStateException}. Do not let the value out of the function.
 *
 * <p>A Share keeps its value for as long as anybody has the Share, unless it is {@linkplain #owned
 * owned}: then the value goes with the last {@link ShareOwn}, at once.
 *
 * <p>Source of the semantics: Stakker's {@code Share}, {@code Share2} and {@code ShareWeak}.
 */
public final class Share<T> {
  private static final int WRITER = -1;

  final Loop loop;

  /** Null when the value is gone. */
  private @Nullable T value;

  private int owners;

  /** How many readers have the value, or {@link #WRITER}. */
  private int borrowed;

  private boolean gone;

  /** A function of three values. */
  @FunctionalInterface
  public interface Three<T, U, V> {
    void accept(T a, U b, V c);
  }

  /** Shares {@code value} among the actors of the loop that {@code core} belongs to. */
  public Share(Core core, T value) {
    loop = core.loop();
    loop.checkOwner(this);
    this.value = value;
  }

  /** Shares {@code value} for as long as somebody owns it. */
  public static <T> ShareOwn<T> owned(Core core, T value) {
    return new Share<>(core, value).own();
  }

  private ShareOwn<T> own() {
    return loop.own(new ShareOwn<>(this));
  }

  /** Reads, and perhaps changes, the value. */
  public void rw(Consumer<? super T> use) {
    T v = borrow(true);
    try {
      use.accept(v);
    } finally {
      giveBack();
    }
  }

  /** Reads, and perhaps changes, the value, and returns a result. */
  public <R extends @Nullable Object> R rwGet(Function<? super T, ? extends R> use) {
    T v = borrow(true);
    try {
      return use.apply(v);
    } finally {
      giveBack();
    }
  }

  /** Reads the value, beside other readers, and returns a result. */
  public <R extends @Nullable Object> R ro(Function<? super T, ? extends R> use) {
    T v = borrow(false);
    try {
      return use.apply(v);
    } finally {
      giveBack();
    }
  }

  /**
   * Reads, and perhaps changes, two values at once.
   *
   * @throws IllegalArgumentException if both are the same
   */
  public static <T, U> void rw(Share<T> a, Share<U> b, BiConsumer<? super T, ? super U> use) {
    a.checkOther(b);
    a.rw(x -> b.rw(y -> use.accept(x, y)));
  }

  /**
   * Reads, and perhaps changes, three values at once.
   *
   * @throws IllegalArgumentException if two are the same
   */
  public static <T, U, V> void rw(
      Share<T> a, Share<U> b, Share<V> c, Three<? super T, ? super U, ? super V> use) {
    a.checkOther(b);
    a.checkOther(c);
    b.checkOther(c);
    a.rw(x -> b.rw(y -> c.rw(z -> use.accept(x, y, z))));
  }

  private void checkOther(Share<?> other) {
    if (this == other) {
      throw new IllegalArgumentException(this + " cannot be borrowed twice at once");
    }
  }

  private T borrow(boolean write) {
    loop.checkOwner(this);
    T v = value;
    if (v == null || gone) {
      throw new IllegalStateException(this + " is gone: its last owner has ended");
    }
    if (borrowed == WRITER || (write && borrowed != 0)) {
      throw new IllegalStateException(
          this
              + " is borrowed already, by code that this runs inside of; finish with it first, or"
              + " queue a call");
    }
    borrowed = write ? WRITER : borrowed + 1;
    return v;
  }

  private void giveBack() {
    borrowed = borrowed == WRITER ? 0 : borrowed - 1;
    if (gone) {
      letGo();
    }
  }

  // Owners

  /** Another owner, which belongs to the caller; null if the value is gone. */
  public @Nullable ShareOwn<T> upgrade() {
    loop.checkOwner(this);
    return gone ? null : own();
  }

  /** Whether the last owner has ended. */
  public boolean isGone() {
    assert loop.isConfined(this);
    return gone;
  }

  /** The number of owners. Only they are counted: a Share itself keeps no owned value. */
  public int owners() {
    assert loop.isConfined(this);
    return owners;
  }

  void ownerBegins() {
    owners++;
  }

  void ownerEnds() {
    if (--owners == 0) {
      gone = true;
      letGo();
    }
  }

  /** Closes the value, unless it is still borrowed. */
  private void letGo() {
    T v = value;
    if (borrowed == 0 && v != null) {
      value = null;
      Throwable t = Failures.ofClosing(v);
      if (t != null) {
        loop.uncaught(this, t);
      }
    }
  }

  @Override
  public String toString() {
    return "Share@" + Integer.toHexString(System.identityHashCode(this));
  }
}
