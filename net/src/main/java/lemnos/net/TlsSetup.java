package lemnos.net;

import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How TLS is to be; made by {@link Tls#server} or {@link Tls#client}. Each method changes this
 * setup and returns it; {@link #build} reads the files.
 */
public final class TlsSetup {
  private static final String[] VERSIONS = {"TLSv1.3", "TLSv1.2"};

  /** Those with authenticated encryption and keys that are forgotten; HTTP/2 demands no less. */
  private static final List<String> CIPHERS =
      List.of(
          "TLS_AES_128_GCM_SHA256",
          "TLS_AES_256_GCM_SHA384",
          "TLS_CHACHA20_POLY1305_SHA256",
          "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
          "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
          "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
          "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
          "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
          "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256");

  /** A certificate, with those that vouch for it, and its private key. */
  sealed interface Identity {
    record InFiles(Path chain, Path key) implements Identity {}

    record Loaded(PrivateKey key, List<X509Certificate> chain) implements Identity {}
  }

  /** Who is trusted to issue certificates, and nobody else. */
  private sealed interface Issuers {
    record InFile(Path file) implements Issuers {}

    record Loaded(List<X509Certificate> certificates) implements Issuers {}
  }

  private final boolean server;
  private final Map<String, Identity> names = new LinkedHashMap<>();
  private @Nullable Identity identity;

  /** Null if nothing was said: a client trusts whom the JDK trusts, a server asks nobody. */
  private @Nullable Issuers trusted;

  private List<String> protocols = List.of();
  private SslProvider provider = OpenSsl.isAvailable() ? SslProvider.OPENSSL : SslProvider.JDK;

  TlsSetup(boolean server) {
    this.server = server;
  }

  private TlsSetup(TlsSetup from) {
    server = from.server;
    names.putAll(from.names);
    identity = from.identity;
    trusted = from.trusted;
    protocols = from.protocols;
    provider = from.provider;
  }

  /** The certificates, own first, and the key to show: a client needs them for mutual TLS. */
  public TlsSetup identity(Path chain, Path key) {
    identity = new Identity.InFiles(chain, key);
    return this;
  }

  /** As {@link #identity(Path, Path)}, from memory. */
  public TlsSetup identity(PrivateKey key, X509Certificate... chain) {
    identity = new Identity.Loaded(key, List.of(chain));
    return this;
  }

  /**
   * What a server shows to clients that ask for {@code name} (SNI), which may begin with {@code
   * *.}; others are shown the server's standard identity.
   */
  public TlsSetup name(String name, Path chain, Path key) {
    names.put(checkServer(name), new Identity.InFiles(chain, key));
    return this;
  }

  /** As {@link #name(String, Path, Path)}, from memory. */
  public TlsSetup name(String name, PrivateKey key, X509Certificate... chain) {
    names.put(checkServer(name), new Identity.Loaded(key, List.of(chain)));
    return this;
  }

  private String checkServer(String name) {
    if (!server) {
      throw new IllegalStateException(
          "only a server has names, such as '" + name + "'; a client gives one when it connects");
    }
    return name;
  }

  /**
   * Trusts nobody but the issuers in a PEM file. A server that is told whom to trust demands a
   * certificate of every client (mutual TLS).
   */
  public TlsSetup trust(Path issuers) {
    trusted = new Issuers.InFile(issuers);
    return this;
  }

  /**
   * As {@link #trust(Path)}, from memory.
   *
   * @throws IllegalArgumentException if there are none: whoever has found nobody to trust must not
   *     end up trusting everybody
   */
  public TlsSetup trust(X509Certificate... issuers) {
    if (issuers.length == 0) {
      throw new IllegalArgumentException("there is nobody to trust; give one certificate or more");
    }
    trusted = new Issuers.Loaded(List.of(issuers));
    return this;
  }

  /** Offers {@code protocols} by ALPN, the best first: {@code "h2", "http/1.1"}. */
  public TlsSetup protocols(String... protocols) {
    this.protocols = List.of(protocols);
    return this;
  }

  /**
   * What does the work. Default: BoringSSL if netty-tcnative is there, else the JDK. With BoringSSL
   * a connection has no halves: when one side has sent all, both have.
   */
  public TlsSetup provider(SslProvider provider) {
    this.provider = provider;
    return this;
  }

  /**
   * Reads the files.
   *
   * @throws IOException if one cannot be read or is not what it should be
   */
  public Tls build() throws IOException {
    return new Tls(new TlsSetup(this));
  }

  boolean isServer() {
    return server;
  }

  @Nullable Identity identity() {
    return identity;
  }

  Map<String, Identity> names() {
    return names;
  }

  /** A context that shows {@code shown}, as its files are now. */
  SslContext context(@Nullable Identity shown) throws IOException {
    SslContextBuilder builder = shows(shown);
    if (trusted != null) {
      trustIn(builder, trusted);
    }
    if (server) {
      builder.clientAuth(trusted == null ? ClientAuth.NONE : ClientAuth.REQUIRE);
    } else {
      builder.endpointIdentificationAlgorithm("HTTPS"); // that is: the certificate names the host
    }
    if (!protocols.isEmpty()) {
      builder.applicationProtocolConfig(
          new ApplicationProtocolConfig(
              Protocol.ALPN,
              SelectorFailureBehavior.NO_ADVERTISE,
              SelectedListenerFailureBehavior.ACCEPT,
              protocols));
    }
    return builder
        .sslProvider(provider)
        .protocols(VERSIONS)
        .ciphers(CIPHERS, SupportedCipherSuiteFilter.INSTANCE)
        .build();
  }

  private SslContextBuilder shows(@Nullable Identity shown) throws IOException {
    try {
      return switch (shown) {
        case null -> SslContextBuilder.forClient();
        case Identity.InFiles(Path chain, Path key) -> {
          checkReadable(chain);
          checkReadable(key);
          yield server
              ? SslContextBuilder.forServer(chain.toFile(), key.toFile())
              : SslContextBuilder.forClient().keyManager(chain.toFile(), key.toFile());
        }
        case Identity.Loaded(PrivateKey key, List<X509Certificate> chain) ->
            server
                ? SslContextBuilder.forServer(key, chain)
                : SslContextBuilder.forClient().keyManager(key, chain);
      };
    } catch (IllegalArgumentException e) {
      throw new IOException(
          "cannot show " + shown + ": it must be PEM, the key PKCS#8 without a password", e);
    }
  }

  private static void trustIn(SslContextBuilder builder, Issuers issuers) throws IOException {
    switch (issuers) {
      case Issuers.Loaded(List<X509Certificate> certificates) -> builder.trustManager(certificates);
      case Issuers.InFile(Path file) -> {
        checkReadable(file);
        try {
          builder.trustManager(file.toFile());
        } catch (IllegalArgumentException e) {
          throw new IOException("cannot trust " + file + ": it has no PEM certificates", e);
        }
      }
    }
  }

  private static void checkReadable(Path file) throws IOException {
    if (!Files.isReadable(file)) {
      throw new NoSuchFileException(file.toString(), null, "is there such a file, readable by us?");
    }
  }
}
