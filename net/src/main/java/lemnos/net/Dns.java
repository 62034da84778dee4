package lemnos.net;

import io.netty.resolver.dns.DnsAddressResolverGroup;
import io.netty.resolver.dns.DnsNameResolverBuilder;
import io.netty.resolver.dns.SequentialDnsServerAddressStreamProvider;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import lemnos.core.Core;

/**
 * Looks up the addresses of hosts without blocking: in the system's file of hosts, then at the name
 * servers. Answers are kept for as long as they say, each worker its own.
 */
public final class Dns {
  private Dns() {}

  /**
   * Begins to look up the addresses of {@code host}, which may itself be an address.
   *
   * @return its addresses, at least one; or an {@link java.net.UnknownHostException}
   */
  public static Pending<List<InetAddress>> resolving(Core core, String host) {
    NettyPoller poller = NettyPoller.of(core);
    return Pending.of(
            poller
                .names()
                .getResolver(poller.eventLoop())
                .resolveAll(InetSocketAddress.createUnresolved(host, 0)))
        .map(found -> found.stream().map(InetSocketAddress::getAddress).toList());
  }

  static DnsAddressResolverGroup resolvers(
      Transport transport, List<InetSocketAddress> nameServers) {
    var builder = new DnsNameResolverBuilder().datagramChannelType(transport.datagramChannel());
    if (!nameServers.isEmpty()) {
      builder.nameServerProvider(new SequentialDnsServerAddressStreamProvider(nameServers));
    }
    return new DnsAddressResolverGroup(builder);
  }
}
