// One question to the name servers of /etc/resolv.conf: what getaddrinfo does not tell, a record's time to live, is in the answer.
#include <arpa/nameser.h>
#include <netinet/in.h>
#include <resolv.h>
#include <string.h>

// The length of the answer, which may be above `capacity` where it is cut; below zero where there is none. `server` replaces the
// configured ones unless it is null. Blocks for some seconds at most.
static inline int portico_dns_ask(
    const char *name, int type, const struct sockaddr_in *server, unsigned char *answer, int capacity) {
    struct __res_state state;
    memset(&state, 0, sizeof state);
    if (res_ninit(&state) != 0) return -1;
    if (server) {
        state.nsaddr_list[0] = *server;
        state.nscount = 1;
    }
    state.retrans = 2;
    state.retry = 1;
    int length = res_nsearch(&state, name, ns_c_in, type, answer, capacity);
    res_nclose(&state);
    return length;
}
