package lemnos.net;

import io.netty.buffer.Unpooled;
import java.time.Duration;
import java.util.List;

/**
 * A program whose only actor leaves two children: one that lives on and says nothing, and one that
 * has not begun to read what was written to it, and copies it to the file that is named. Prints the
 * numbers of both.
 */
final class LeftChildren {
  /** More than a pipe of the system has room for. */
  static final int MUCH = 1024 * 1024;

  private LeftChildren() {}

  public static void main(String[] args) throws Exception {
    OnWorker.outcome(
        OnWorker.begin(
            NettyPoller.of(Transport.best(), List.of(), Duration.ofDays(1)),
            ctx -> {
              ChildProcess living = ChildProcess.starting(ctx.core(), "sleep", "1000").get();
              System.out.println("living=" + living.pid());
              ChildProcess slow =
                  ChildProcess.starting(ctx.core(), "sh", "-c", "sleep 0.3; cat > \"$0\"", args[0])
                      .get();
              System.out.println("slow=" + slow.pid());
              Pending<?> _ = slow.stdin().writing(Unpooled.buffer(MUCH).writeZero(MUCH));
              return true;
            }));
  }
}
