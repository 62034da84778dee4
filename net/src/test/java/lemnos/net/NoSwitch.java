package lemnos.net;

/**
 * A program that asks Netty not to check for whom a certificate is, and connects to a server whose
 * certificate is for somebody else. Prints whether that is refused all the same.
 */
final class NoSwitch {
  private NoSwitch() {}

  public static void main(String[] args) throws Exception {
    System.setProperty("io.netty.handler.ssl.defaultEndpointVerificationAlgorithm", "NONE");
    var authority = new Certificates("authority");
    Tls client = Tls.client().trust(authority.authority()).build();
    try (LocalServer server = Greeter.greeter(Certificates.server(authority.named("other.test")))) {
      Greeter.greeting(server, client, "other.test");
      Greeter.assertRefused(server, client, "localhost");
    }
    System.out.println("refused=1");
    System.exit(0);
  }
}
