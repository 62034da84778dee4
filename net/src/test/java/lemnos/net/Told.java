package lemnos.net;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import lemnos.core.Cx;
import lemnos.core.Outcome;
import org.jspecify.annotations.Nullable;

/** An object actor that has one thing after the other brought, and notes what it hears. */
final class Told {
  /** What it does with what it was brought. */
  interface Step<T extends @Nullable Object> {
    void take(Told told, T value) throws Exception;
  }

  final Cx<Told> cx;
  private final BlockingQueue<String> heard;
  private Step<@Nullable Object> next = (_, _) -> {};

  Told(Cx<Told> cx, BlockingQueue<String> heard, Step<Cx<Told>> first) throws Exception {
    this.cx = cx;
    this.heard = heard;
    first.take(this, cx);
  }

  @SuppressWarnings("unchecked") // what the pending one comes to is what the step takes
  <T extends @Nullable Object> void when(Pending<T> pending, Step<? super T> then) {
    next = (told, value) -> ((Step<@Nullable Object>) then).take(told, value);
    pending.deliver(cx, Told::brought);
  }

  void brought(Outcome<?> outcome) {
    switch (outcome) {
      case Outcome.Value<?>(var value) -> run(next, value);
      case Outcome.Failure<?>(Throwable error) -> hear(error.toString());
    }
  }

  /** As {@link #when}, for what comes to nothing. */
  void whenFailed(Pending<?> pending, Step<Throwable> then) {
    next = (told, error) -> then.take(told, (Throwable) java.util.Objects.requireNonNull(error));
    pending.deliver(cx, Told::failed);
  }

  void failed(Outcome<?> outcome) {
    switch (outcome) {
      case Outcome.Value<?>(var value) -> hear("no failure but " + value);
      case Outcome.Failure<?>(Throwable error) -> run(next, error);
    }
  }

  private <T extends @Nullable Object> void run(Step<T> step, T value) {
    try {
      step.take(this, value);
    } catch (Exception e) {
      hear(e.toString());
    }
  }

  void arrived(Arrival<?> arrival) {
    switch (arrival) {
      case Arrival.Item<?>(ByteStream stream) -> stream.deliver(cx, Told::arrived);
      case Arrival.Item<?>(Datagram<?> datagram) -> hear(datagram.data());
      case Arrival.Item<?>(var value) -> hear((ByteBuf) value);
      case Arrival.End<?> _ -> hear("end");
      case Arrival.Failure<?>(var error) -> hear(error.toString());
    }
  }

  void hear(ByteBuf data) {
    hear(data.toString(StandardCharsets.UTF_8));
    data.release();
  }

  void hear(String what) {
    heard.add(what);
  }
}
