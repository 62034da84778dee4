package lemnos.core;

import java.lang.System.Logger.Level;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.WeakHashMap;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a loop watches in tests, and not in production:
 *
 * <ul>
 *   <li><em>Leaks</em>: a handle that was made in a behaviour, or came to it, and is neither used,
 *       passed on, held nor closed when that returns, is reported with the place where it was made;
 *       so is a {@link Ret} that the host has not used when the loop closes. If the behaviour
 *       threw, that says enough.
 *   <li><em>Rings</em>: an actor that comes to hold an owner of itself, directly or through others,
 *       gets an {@link IllegalStateException}: the ring would never end.
 *   <li><em>Sharing</em>: an argument that two actors could change is refused with an {@link
 *       IllegalArgumentException}. Allowed are primitives, strings, enums, immutable values of the
 *       JDK, handles, actors, {@link Share}, {@link Fwd}, {@link Runnable}, throwables, what is
 *       {@link Shareable}, and records, {@code List.of} and its like of such.
 * </ul>
 *
 * <p>Given to {@link Loop#Loop(long, World, Checks)}; one Checks may serve many loops. With {@code
 * -Dlemnos.checks=true} every other loop has them too, and logs the leaks.
 */
public final class Checks {
  private static final Checks OFF = new Checks(false, leak -> {}, type -> false);
  private static final Checks STANDARD =
      Boolean.getBoolean("lemnos.checks") ? on(Checks::log) : OFF;

  /** Values of the JDK that never change, and what looks after itself. */
  private static final List<Class<?>> KNOWN =
      List.of(
          Actor.class,
          Handle.class,
          Share.class,
          Fwd.class,
          Runnable.class,
          Throwable.class,
          String.class,
          Boolean.class,
          Character.class,
          Byte.class,
          Short.class,
          Integer.class,
          Long.class,
          Float.class,
          Double.class,
          Enum.class,
          Class.class,
          UUID.class,
          URI.class,
          Locale.class,
          Charset.class,
          Pattern.class,
          Path.class,
          InetAddress.class,
          InetSocketAddress.class);

  final boolean on;
  private final Consumer<? super Leak> leaks;
  private final Predicate<? super Class<?>> also;
  private final Map<Handle, Throwable> places =
      Collections.synchronizedMap(new WeakHashMap<Handle, Throwable>());
  private final ClassValue<Kind> kinds =
      new ClassValue<>() {
        @Override
        protected Kind computeValue(Class<?> type) {
          return kind(type);
        }
      };

  /**
   * A handle that its owner forgot.
   *
   * @param handle what it is
   * @param owner whose end closed it
   * @param made where it was made: the stack trace of that moment
   */
  public record Leak(String handle, String owner, Throwable made) {
    @Override
    public String toString() {
      return handle + " was forgotten: the end of " + owner + " closed it";
    }
  }

  private enum Kind {
    SHAREABLE,
    RECORD,
    COLLECTION,
    MAP,
    OPTIONAL,
    MUTABLE
  }

  private Checks(boolean on, Consumer<? super Leak> leaks, Predicate<? super Class<?>> also) {
    this.on = on;
    this.leaks = leaks;
    this.also = also;
  }

  /** No checks but those that are always made. */
  public static Checks off() {
    return OFF;
  }

  /** All checks. {@code leaks} gets each leak, on the loop's thread. */
  public static Checks on(Consumer<? super Leak> leaks) {
    return new Checks(true, leaks, type -> false);
  }

  /** All checks, with more classes that may be shared: those of libraries, for instance. */
  public static Checks on(Consumer<? super Leak> leaks, Predicate<? super Class<?>> shareable) {
    return new Checks(true, leaks, shareable);
  }

  static Checks standard() {
    return STANDARD;
  }

  private static void log(Leak leak) {
    System.getLogger("lemnos.core").log(Level.WARNING, leak.toString(), leak.made);
  }

  // Leaks

  void made(Handle handle) {
    places.put(handle, new Throwable(handle + " was made here"));
  }

  /** {@code standIn} was made where {@code handle} was. */
  void madeFor(Handle standIn, Handle handle) {
    Throwable place = places.get(handle);
    if (place != null) {
      places.put(standIn, place);
    }
  }

  /** Reports what {@code scope} still has, or only the Rets. */
  void leaks(Scope scope, String owner, boolean retsOnly) {
    for (Handle h = scope.first; h != null; h = h.next) {
      if (h instanceof Ret || !retsOnly) {
        report(scope.loop, h, owner);
      }
    }
  }

  private void report(Loop loop, Handle handle, String owner) {
    Throwable place = places.get(handle);
    if (place == null) {
      place = new Throwable(handle + " was made where these checks were off");
    }
    try {
      leaks.accept(new Leak(handle.toString(), owner, place));
    } catch (Throwable t) {
      loop.uncaught(this, t);
    }
  }

  // Rings

  /** Throws if {@code holder} would own itself once it holds {@code handle}. */
  static void refuseRing(Cell<?> holder, Handle handle) {
    if (handle instanceof ActorOwn<?> own) {
      Cell<?> start = Cell.of(own);
      var ownerOf = new HashMap<Cell<?>, Cell<?>>();
      var open = new ArrayDeque<Cell<?>>(List.of(start));
      for (Cell<?> c = open.poll(); c != null; c = open.poll()) {
        if (c == holder) {
          throw new IllegalStateException(ring(start, holder, ownerOf));
        }
        Belongings belongings = c.belongings();
        if (belongings != null) {
          follow(c, belongings.first, ownerOf, open);
        }
      }
    }
  }

  private static void follow(
      Cell<?> owner,
      @Nullable Handle first,
      Map<Cell<?>, Cell<?>> ownerOf,
      ArrayDeque<Cell<?>> open) {
    for (Handle h = first; h != null; h = h.next) {
      if (h instanceof ActorOwn<?> own && ownerOf.putIfAbsent(Cell.of(own), owner) == null) {
        open.add(Cell.of(own));
      } else if (h instanceof Children<?> children) {
        follow(owner, children.first(), ownerOf, open);
      }
    }
  }

  private static String ring(Cell<?> start, Cell<?> holder, Map<Cell<?>, Cell<?>> ownerOf) {
    var path = new StringBuilder(holder.toString());
    Cell<?> c = holder;
    while (c != start) {
      c = ownerOf.get(c);
      path.insert(0, c + " owns ");
    }
    return holder
        + " cannot hold "
        + start
        + ", for "
        + (start == holder ? "that is itself" : path)
        + ": a ring of owners never ends; let one of them be known by its actor() only";
  }

  // Sharing

  /** Throws if an argument or answer for {@code target} could be changed by two actors. */
  void checkShareable(Object target, @Nullable Object... arguments) {
    for (Object argument : arguments) {
      Object culprit = argument == null ? null : mutable(argument);
      if (culprit != null) {
        throw new IllegalArgumentException(refusal(target, argument, culprit));
      }
    }
  }

  private static String refusal(Object target, @Nullable Object argument, Object culprit) {
    String in = argument == culprit || argument == null ? "" : " in a " + argument.getClass();
    return "a "
        + culprit.getClass()
        + in
        + " was passed to "
        + target
        + ", so two actors could change it: pass a record or another immutable value, put it into"
        + " a Share, or mark its class @Shareable if it never changes";
  }

  /** The first mutable object in {@code value}, or null. */
  private @Nullable Object mutable(Object value) {
    return switch (kinds.get(value.getClass())) {
      case SHAREABLE -> null;
      case MUTABLE -> value;
      case RECORD -> firstMutable(Arrays.asList(Cargo.components((Record) value)));
      case COLLECTION -> firstMutable((Collection<?>) value);
      case OPTIONAL -> firstMutable(((Optional<?>) value).stream().toList());
      case MAP -> {
        Object key = firstMutable(((Map<?, ?>) value).keySet());
        yield key != null ? key : firstMutable(((Map<?, ?>) value).values());
      }
    };
  }

  private @Nullable Object firstMutable(Collection<? extends @Nullable Object> values) {
    for (Object value : values) {
      Object culprit = value == null ? null : mutable(value);
      if (culprit != null) {
        return culprit;
      }
    }
    return null;
  }

  private Kind kind(Class<?> type) {
    if (isKnown(type) || isMarked(type) || also.test(type)) {
      return Kind.SHAREABLE;
    }
    if (type.isRecord()) {
      return Kind.RECORD;
    }
    if (type == Optional.class) {
      return Kind.OPTIONAL;
    }
    if (type.getName().startsWith("java.util.ImmutableCollections$")) {
      return Map.class.isAssignableFrom(type) ? Kind.MAP : Kind.COLLECTION;
    }
    return Kind.MUTABLE;
  }

  private static boolean isKnown(Class<?> type) {
    return type == BigDecimal.class
        || type == BigInteger.class
        || type.getPackageName().equals("java.time")
        || KNOWN.stream().anyMatch(known -> known.isAssignableFrom(type));
  }

  private static boolean isMarked(@Nullable Class<?> type) {
    return type != null
        && (type.isAnnotationPresent(Shareable.class)
            || isMarked(type.getSuperclass())
            || Arrays.stream(type.getInterfaces()).anyMatch(Checks::isMarked));
  }
}
