package lemnos.core;

import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The actors of one kind that an actor owns: as many as it likes, while {@link Cx#child} is for
 * those that it knows one by one. Kept in a field of the parent's state, iterated oldest first.
 *
 * <p>When a child ends, a call that takes it out of the set is queued for the parent before the
 * child's end is reported. So a handler of the parent that hears of the end sees a set without that
 * child, and code that runs earlier still sees it. When the set is closed, or the parent ends, the
 * children end with {@link StopCause.Dropped}.
 *
 * <p>Source of the semantics: Stakker's {@code ActorOwnSlab}.
 */
public final class Children<C> extends Handle implements Iterable<Actor<C>> {
  private final Cell<?> parent;
  private final Loop loop;
  private final Scope children;
  private int size;

  /** An empty set, which the running actor {@code cx} holds. */
  public Children(Cx<?> cx) {
    cx.checkRunning();
    parent = (Cell<?>) cx;
    loop = cx.loop();
    children = new Scope(loop);
    cx.hold(loop.own(this));
  }

  /** The number of children, among them those whose end the parent has not heard of. */
  public int size() {
    assert loop.isConfined(this);
    return size;
  }

  /** Whether there is no child. */
  public boolean isEmpty() {
    return size() == 0;
  }

  /** The children, oldest first. Adding and closing while iterating is allowed. */
  @Override
  public Iterator<Actor<C>> iterator() {
    assert loop.isConfined(this);
    return new Each<>(children.first);
  }

  /**
   * Kills a child soon, as {@link ActorOwn#kill} does. Takes time in proportion to the size.
   *
   * @return false if it is not in this set
   */
  public boolean kill(Actor<C> child, Throwable error) {
    checkOwned();
    for (Handle h = children.first; h != null; h = h.next) {
      if (h instanceof ActorOwn<?> own && own.actor() == child) {
        own.kill(error);
        return true;
      }
    }
    return false;
  }

  // add: makes a child, with or without somebody who hears of its end

  /** Makes a child; nobody hears of its end. */
  public Actor<C> add(Init.Of0<C> init) {
    return add(init, Ret.nop());
  }

  /** {@link #add(Init.Of0)} with one argument. */
  public <T extends @Nullable Object> Actor<C> add(Init.Of1<C, T> init, T a) {
    return add(init, a, Ret.nop());
  }

  /** {@link #add(Init.Of0)} with two arguments. */
  public <T extends @Nullable Object, U extends @Nullable Object> Actor<C> add(
      Init.Of2<C, T, U> init, T a, U b) {
    return add(init, a, b, Ret.nop());
  }

  /** {@link #add(Init.Of0)} with three arguments. */
  public <T extends @Nullable Object, U extends @Nullable Object, V extends @Nullable Object>
      Actor<C> add(Init.Of3<C, T, U, V> init, T a, U b, V c) {
    return add(init, a, b, c, Ret.nop());
  }

  /** {@link #add(Init.Of0)} with four arguments. */
  public <
          T extends @Nullable Object,
          U extends @Nullable Object,
          V extends @Nullable Object,
          W extends @Nullable Object>
      Actor<C> add(Init.Of4<C, T, U, V, W> init, T a, U b, V c, W d) {
    return add(init, a, b, c, d, Ret.nop());
  }

  /** Makes a child. {@code notify} gets the cause of its end. */
  public Actor<C> add(Init.Of0<C> init, Ret<StopCause> notify) {
    ActorOwn<C> own = place(init, notify, null, null, null, null);
    own.init(init);
    return own.actor();
  }

  /** {@link #add(Init.Of0, Ret)} with one argument. */
  public <T extends @Nullable Object> Actor<C> add(
      Init.Of1<C, T> init, T a, Ret<StopCause> notify) {
    ActorOwn<C> own = place(init, notify, a, null, null, null);
    own.init(init, a);
    return own.actor();
  }

  /** {@link #add(Init.Of0, Ret)} with two arguments. */
  public <T extends @Nullable Object, U extends @Nullable Object> Actor<C> add(
      Init.Of2<C, T, U> init, T a, U b, Ret<StopCause> notify) {
    ActorOwn<C> own = place(init, notify, a, b, null, null);
    own.init(init, a, b);
    return own.actor();
  }

  /** {@link #add(Init.Of0, Ret)} with three arguments. */
  public <T extends @Nullable Object, U extends @Nullable Object, V extends @Nullable Object>
      Actor<C> add(Init.Of3<C, T, U, V> init, T a, U b, V c, Ret<StopCause> notify) {
    ActorOwn<C> own = place(init, notify, a, b, c, null);
    own.init(init, a, b, c);
    return own.actor();
  }

  /** {@link #add(Init.Of0, Ret)} with four arguments. */
  public <
          T extends @Nullable Object,
          U extends @Nullable Object,
          V extends @Nullable Object,
          W extends @Nullable Object>
      Actor<C> add(Init.Of4<C, T, U, V, W> init, T a, U b, V c, W d, Ret<StopCause> notify) {
    ActorOwn<C> own = place(init, notify, a, b, c, d);
    own.init(init, a, b, c, d);
    return own.actor();
  }

  /** Makes a child without state in this set. */
  @SuppressWarnings("unchecked") // a stand-in has the type of what it stands for
  private ActorOwn<C> place(
      Object init,
      Ret<StopCause> notify,
      @Nullable Object a,
      @Nullable Object b,
      @Nullable Object c,
      @Nullable Object d) {
    parent.checkRunning();
    checkOwned();
    Handle.checkPassable(loop, notify, a, b, c, d);
    var end = new End((Ret<StopCause>) notify.passTo(loop));
    ActorOwn<C> own = loop.create(loop.own(new Ret.Now<>(end)), init);
    end.own = own;
    own.moveTo(children);
    size++;
    return own;
  }

  /** The end of one child. */
  private final class End implements Consumer<@Nullable StopCause> {
    private final Ret<StopCause> notify;
    @Nullable ActorOwn<C> own;

    End(Ret<StopCause> notify) {
      this.notify = notify;
    }

    @Override
    public void accept(@Nullable StopCause cause) {
      if (!parent.isGone()) {
        Behaviour.Of0<Object> leave = parentItself -> remove();
        loop.put(loop.main, new Call(CallQueue.RUN, parent, leave));
      }
      notify.settle(cause);
    }

    private void remove() {
      if (own != null && !own.hasEnded()) {
        own.close();
        size--;
      }
    }
  }

  @Override
  void dropped() {
    size = 0;
    Throwable t = children.closeAll();
    if (t != null) {
      loop.uncaught(this, t);
    }
  }

  /** The oldest owner of a child, followed by the others. */
  @Nullable Handle first() {
    return children.first;
  }

  @Override
  void checkPassable(Loop to) {
    checkOwned();
    throw new IllegalArgumentException(this + " cannot be passed on: its parent is its owner");
  }

  @Override
  void moveTo(Scope newOwner) {
    if (loop.queues.running() != parent) {
      throw new IllegalArgumentException(this + " can be held by its parent only");
    }
    super.moveTo(newOwner);
  }

  @Override
  public String toString() {
    return "Children of " + parent;
  }

  private static final class Each<C> implements Iterator<Actor<C>> {
    private @Nullable Handle next;

    Each(@Nullable Handle first) {
      next = first;
    }

    @Override
    public boolean hasNext() {
      return next != null;
    }

    @Override
    @SuppressWarnings("unchecked") // the set has owners of such children only
    public Actor<C> next() {
      if (!(next instanceof ActorOwn<?> own)) {
        throw new NoSuchElementException();
      }
      next = own.next;
      return ((ActorOwn<C>) own).actor();
    }
  }
}
