package lemnos.net;

import io.netty.util.ReferenceCountUtil;
import lemnos.core.Behaviour;
import lemnos.core.Cx;
import lemnos.core.Fwd;
import lemnos.core.Ret;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings things to a behaviour of one object actor, and knows what has become of them: what is
 * still on its way when the actor ends is closed or released.
 */
final class Parcel<A, T extends @Nullable Object> {
  private static final Logger LOG = LoggerFactory.getLogger(Parcel.class);

  private final Fwd<T> to;

  /** Closed by the actor's end. */
  private final Ret<Boolean> life;

  /** What is on its way. */
  private @Nullable Object content;

  private boolean ending;

  /** The actor has ended, or all has been brought. */
  private boolean over;

  /**
   * @param lost run when the actor ends, unless {@link #end} comes before
   */
  Parcel(Cx<A> cx, Behaviour.Of1<? super A, ? super T> behaviour, Runnable lost) {
    this.to =
        cx.asked(
            (actor, arrived) -> {
              content = null;
              letGo();
              behaviour.run(actor, arrived);
            });
    this.life =
        cx.hold(
            cx.ret(
                answer -> {
                  if (answer == null) {
                    over = true;
                    discard(content);
                    lost.run();
                  }
                }));
  }

  /**
   * Brings {@code arrived} to the actor.
   *
   * @param content what is to be closed or released if it does not get there
   */
  void bring(T arrived, Object content) {
    if (over) {
      discard(content);
    } else {
      this.content = content;
      to.fwd(arrived);
    }
  }

  /** Nothing more will be brought; what is on its way still arrives. */
  void end() {
    ending = true;
    letGo();
  }

  private void letGo() {
    if (ending && content == null && !over) {
      over = true;
      life.ret(true);
    }
  }

  static void discard(@Nullable Object content) {
    if (content instanceof AutoCloseable closeable) {
      try {
        closeable.close();
      } catch (Exception e) {
        LOG.warn("closing {} failed", closeable, e);
      }
    } else {
      ReferenceCountUtil.release(content);
    }
  }
}
