package lemnos.net;

import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Cuts a channel off after some time, unless it is told of another time or to leave it. */
final class CloseTimer {
  private final Channel channel;
  private @Nullable Future<?> closing;

  CloseTimer(Channel channel) {
    this.channel = channel;
  }

  void set(Duration time) {
    cancel();
    closing =
        channel
            .eventLoop()
            .schedule(() -> OpenChannels.cut(channel), time.toNanos(), TimeUnit.NANOSECONDS);
  }

  void cancel() {
    if (closing != null) {
      closing.cancel(false);
    }
  }
}
