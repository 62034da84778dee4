package lemnos.net;

import lemnos.runtime.ActorOptions;
import lemnos.runtime.ActorRef;
import lemnos.runtime.Context;
import lemnos.runtime.Signal;
import lemnos.runtime.Supervisor;

/** A program that tells the systemd of its environment that it is there and that it stops. */
final class Service {
  private Service() {}

  public static void main(String[] args) throws Exception {
    OnWorker.run(
        Transport.best(),
        ctx -> {
          ActorRef<Systemd.Message> systemd =
              ctx.runtime()
                  .spawnLocal(
                      Supervisor.<Systemd.HealthCheck>stopping(),
                      (Context<Systemd.Message> c, Systemd.HealthCheck h) -> Systemd.serve(c, h),
                      () -> {},
                      ActorOptions.standard());
          systemd.send(new Systemd.Message.Signalled(Signal.TERM));
          return true;
        });
  }
}
