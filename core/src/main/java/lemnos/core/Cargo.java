package lemnos.core;

import java.lang.invoke.LambdaMetafactory;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.AccessibleObject;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What a record carries: the handles among its components and in the records inside it. They move
 * with the record, as if each were an argument of its own.
 *
 * <p>Which components of a record class can lead to a handle is found once. Most classes have none,
 * and cost one look-up each way. Handles in arrays and collections are not seen: they stay with
 * their owner, as those do that a lambda captures.
 */
final class Cargo {
  /** How deep records may lie in each other, not counting a record that is the last component. */
  static final int MAX_DEPTH = 1000;

  private static final int FEW = 4;

  private static final MethodType GETTER = MethodType.methodType(Object.class, Object.class);
  private static final MethodType MAKER = MethodType.methodType(Object.class, Object[].class);

  private static final ClassValue<Cargo> OF =
      new ClassValue<>() {
        @Override
        protected Cargo computeValue(Class<?> type) {
          return new Cargo(type);
        }
      };

  private final Class<?> type;

  /** Reads the components that can lead to a handle. */
  private final Function<Object, @Nullable Object>[] carriers;

  /** Whether the one carrier is declared as a handle: the usual message. */
  private final boolean single;

  /** Why such components cannot be read, or null. */
  private final @Nullable String refusal;

  /** Found when first needed, perhaps by several threads; all find the same. */
  private @Nullable Layout layout;

  /** All components of a record class, and its canonical constructor. */
  private record Layout(MethodHandle[] getters, MethodHandle maker) {}

  private Cargo(Class<?> type) {
    this.type = type;
    RecordComponent[] found =
        Arrays.stream(type.getRecordComponents())
            .filter(c -> leadsToHandle(c.getType(), true, new HashSet<>()))
            .toArray(RecordComponent[]::new);
    boolean readable = Arrays.stream(found).allMatch(c -> c.getAccessor().trySetAccessible());
    boolean named =
        Arrays.stream(found).anyMatch(c -> leadsToHandle(c.getType(), false, new HashSet<>()));
    this.carriers = readable ? readers(found) : readers();
    this.single = carriers.length == 1 && Handle.class.isAssignableFrom(found[0].getType());
    this.refusal = readable || !named ? null : closed(type);
  }

  /**
   * Whether a value of the declared type can be, or contain, a handle.
   *
   * @param open whether types that anybody may implement count
   * @param seen the types that are being looked at
   */
  private static boolean leadsToHandle(Class<?> type, boolean open, Set<Class<?>> seen) {
    if (Handle.class.isAssignableFrom(type)) {
      return true;
    }
    if (type.isPrimitive() || type.isArray() || type.isEnum() || !seen.add(type)) {
      return false;
    }
    if (type.isRecord()) {
      return Arrays.stream(type.getRecordComponents())
          .anyMatch(c -> leadsToHandle(c.getType(), open, seen));
    }
    if (type.isSealed()) {
      return Arrays.stream(type.getPermittedSubclasses())
          .anyMatch(t -> leadsToHandle(t, open, seen));
    }
    return open && (type.isInterface() || type == Object.class || type == Record.class);
  }

  private static String closed(Class<?> type) {
    return type
        + " has handles, which move with it, but its package hides them: export it and make the"
        + " record public, or let its module say 'opens "
        + type.getPackageName()
        + " to lemnos.core'";
  }

  private static MethodHandle[] getters(RecordComponent[] components) {
    return Arrays.stream(components).map(Cargo::getter).toArray(MethodHandle[]::new);
  }

  private static MethodHandle getter(RecordComponent component) {
    try {
      return MethodHandles.lookup().unreflect(component.getAccessor()).asType(GETTER);
    } catch (IllegalAccessException e) {
      throw new IllegalArgumentException(closed(component.getDeclaringRecord()), e);
    }
  }

  @SuppressWarnings({"unchecked", "rawtypes"}) // an array of a generic type
  private static Function<Object, @Nullable Object>[] readers(RecordComponent... components) {
    return Arrays.stream(components).map(Cargo::reader).toArray(Function[]::new);
  }

  /**
   * A getter that the JVM compiles as if it were written by hand, where the record's package lets
   * us have one: it costs a third of the bare method handle, which is no constant here.
   */
  @SuppressWarnings("unchecked")
  private static Function<Object, @Nullable Object> reader(RecordComponent component) {
    Class<?> type = component.getDeclaringRecord();
    MethodHandle getter = getter(component);
    try {
      var lookup = MethodHandles.privateLookupIn(type, MethodHandles.lookup());
      var site =
          LambdaMetafactory.metafactory(
              lookup,
              "apply",
              MethodType.methodType(Function.class),
              GETTER,
              lookup.unreflect(component.getAccessor()),
              MethodType.methodType(component.getType(), type));
      return (Function<Object, @Nullable Object>) site.getTarget().invoke();
    } catch (Throwable t) {
      return record -> get(getter, record);
    }
  }

  private Layout layout() {
    Layout found = layout;
    if (found == null) {
      found = readLayout();
      layout = found;
    }
    return found;
  }

  private Layout readLayout() {
    RecordComponent[] all = type.getRecordComponents();
    Class<?>[] types = Arrays.stream(all).map(RecordComponent::getType).toArray(Class<?>[]::new);
    try {
      var constructor = type.getDeclaredConstructor(types);
      for (RecordComponent c : all) {
        open(c.getAccessor());
      }
      open(constructor);
      MethodHandle maker =
          MethodHandles.lookup()
              .unreflectConstructor(constructor)
              .asSpreader(Object[].class, types.length)
              .asType(MAKER);
      return new Layout(getters(all), maker);
    } catch (ReflectiveOperationException e) {
      throw new IllegalArgumentException(closed(type), e);
    }
  }

  private void open(AccessibleObject member) {
    if (!member.trySetAccessible()) {
      throw new IllegalArgumentException(closed(type));
    }
  }

  private static @Nullable Object get(MethodHandle getter, Object record) {
    try {
      return (Object) getter.invokeExact(record);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable t) {
      throw new IllegalStateException(record.getClass() + " cannot be read", t);
    }
  }

  /** Whether there may be handles in the record: {@code loop} remembers one class without. */
  static boolean mayBeIn(Record r, Loop loop) {
    return r.getClass() != loop.plainRecord;
  }

  /** All components of a record, in their order. */
  static @Nullable Object[] components(Record r) {
    MethodHandle[] getters = OF.get(r.getClass()).layout().getters;
    @Nullable Object[] values = new @Nullable Object[getters.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = get(getters[i], r);
    }
    return values;
  }

  private boolean isEmpty() {
    return carriers.length == 0 && refusal == null;
  }

  /** The handles in a record, in the order in which they are found; null if it can have none. */
  static @Nullable List<Handle> in(Record r) {
    Cargo cargo = OF.get(r.getClass());
    if (cargo.isEmpty()) {
      return null;
    }
    if (cargo.single) {
      Object handle = cargo.carriers[0].apply(r);
      return handle == null ? List.of() : List.of((Handle) handle);
    }
    var found = new ArrayList<Handle>(FEW);
    cargo.visit(r, found::add, 0);
    return found;
  }

  private void visit(Record record, Consumer<? super Handle> visitor, int depth) {
    Record r = record;
    Cargo cargo = this;
    while (r != null) {
      cargo.checkReadable(depth);
      Record last = null;
      for (int i = 0; i < cargo.carriers.length; i++) {
        Object value = cargo.carriers[i].apply(r);
        if (value instanceof Handle h) {
          visitor.accept(h);
        } else if (value instanceof Record inner) {
          if (i == cargo.carriers.length - 1) {
            last = inner; // so that a list made of records may be long
          } else {
            OF.get(inner.getClass()).visit(inner, visitor, depth + 1);
          }
        }
      }
      r = last;
      cargo = r == null ? cargo : OF.get(r.getClass());
    }
  }

  private void checkReadable(int depth) {
    if (refusal != null) {
      throw new IllegalArgumentException(refusal);
    }
    if (depth > MAX_DEPTH) {
      throw new IllegalArgumentException(
          "more than " + MAX_DEPTH + " records lie in each other, the last one a " + type);
    }
  }

  /** Throws unless all handles in the record can be passed. */
  static void checkPassable(Record r, Loop to) {
    List<Handle> handles = in(r);
    if (handles != null) {
      checkPassable(r, handles, to);
    }
  }

  private static void checkPassable(Record r, List<Handle> handles, Loop to) {
    for (Handle h : handles) {
      h.checkPassable(to);
    }
    checkNoTwins(handles);
    if (needsStandIns(handles, to)) {
      rebuilt(r, to); // if the record's constructor throws, then now
    }
  }

  private static boolean needsStandIns(List<Handle> handles, Loop to) {
    for (Handle h : handles) {
      if (h.scope != null && h.scope.loop != to) {
        return true;
      }
    }
    return false;
  }

  /** Throws if a handle is twice among the arguments or in the records among them. */
  static void checkNoTwins(@Nullable Object... arguments) {
    var handles = new ArrayList<Handle>();
    for (Object argument : arguments) {
      if (argument instanceof Handle h) {
        handles.add(h);
      } else if (argument instanceof Record r) {
        List<Handle> inside = in(r);
        handles.addAll(inside == null ? List.of() : inside);
      }
    }
    checkNoTwins(handles);
  }

  private static void checkNoTwins(List<Handle> handles) {
    if (handles.size() < 2) {
      return;
    }
    Set<Handle> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    for (Handle h : handles) {
      if (!seen.add(h) && h != Ret.nop()) {
        throw new IllegalStateException(h + Handle.PASSED_TWICE);
      }
    }
  }

  /**
   * Takes all handles in the record from their owners, or none, for a call on {@code to}.
   *
   * @return what to pass in its place: the record, or a copy with stand-ins for another loop's Rets
   */
  static Record pass(Record r, Loop to) {
    Cargo cargo = OF.get(r.getClass());
    if (cargo.single && cargo.carriers[0].apply(r) instanceof Handle h && h.isOf(to)) {
      h.passTo(to);
      return r;
    }
    List<Handle> handles = in(r);
    if (handles == null || handles.isEmpty()) {
      return r;
    }
    checkPassable(r, handles, to);
    Record passed = needsStandIns(handles, to) ? rebuilt(r, to) : r;
    for (Handle h : handles) {
      h.leave(to);
    }
    return passed;
  }

  private static Record rebuilt(Record r, Loop to) {
    @Nullable Object[] values = components(r);
    for (int i = 0; i < values.length; i++) {
      if (values[i] instanceof Handle h) {
        values[i] = h.standIn(to);
      } else if (values[i] instanceof Record inner && in(inner) != null) {
        values[i] = rebuilt(inner, to);
      }
    }
    try {
      return (Record) (Object) OF.get(r.getClass()).layout().maker.invokeExact(values);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable t) {
      throw new IllegalArgumentException(r.getClass() + " cannot be made again", t);
    }
  }

  /** The handles in the record arrive with the call that carried it. */
  static void arrive(Record r, Scope frame) {
    Cargo cargo = OF.get(r.getClass());
    if (cargo.isEmpty()) {
      frame.loop.plainRecord = r.getClass();
    } else {
      cargo.visit(r, h -> h.arrive(frame), 0);
    }
  }

  /** Ends the handles in the record; returns what went wrong so far. */
  static @Nullable Throwable discard(Record r, @Nullable Throwable failure) {
    List<Handle> handles = in(r);
    Throwable t = failure;
    if (handles != null) {
      for (Handle h : handles) {
        t = Handle.discard(h, t);
      }
    }
    return t;
  }
}
