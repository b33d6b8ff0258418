#include "rpc/peer.hpp"

#include "support/catch.hpp"

#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace mayla;

TEST_CASE("peer: our own process is ourselves and not foreign") {
    int fds[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
    const OwnedFd ours = OwnedFd::adopt(fds[0]);
    const OwnedFd theirs = OwnedFd::adopt(fds[1]);
    const rpc::Peer peer = rpc::peer_of(ours.borrow());
    CHECK(peer.uid == static_cast<long>(::geteuid()));
    CHECK(peer.pid == static_cast<long>(::getpid()));
    CHECK_FALSE(peer.foreign);
}

TEST_CASE("peer: a process that has ended is foreign, since nothing can be read of it any more") {
    int fds[2] = {-1, -1};
    int hand_over[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, hand_over) == 0);
    // The child makes the pair, so that it counts as the peer, and passes our end back.
    const pid_t child = ::fork();
    if (child == 0) {
        if (::socketpair(AF_UNIX, SOCK_STREAM, 0, fds) != 0) ::_exit(1);
        char byte = 'x';
        iovec part{&byte, 1};
        alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
        msghdr message{};
        message.msg_iov = &part;
        message.msg_iovlen = 1;
        message.msg_control = control;
        message.msg_controllen = sizeof control;
        cmsghdr* header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int));
        *reinterpret_cast<int*>(CMSG_DATA(header)) = fds[0];
        ::_exit(::sendmsg(hand_over[1], &message, 0) == 1 ? 0 : 1);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(status == 0);
    char byte = 0;
    iovec part{&byte, 1};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    REQUIRE(::recvmsg(hand_over[0], &message, 0) == 1);
    const OwnedFd ours = OwnedFd::adopt(*reinterpret_cast<int*>(CMSG_DATA(CMSG_FIRSTHDR(&message))));
    ::close(hand_over[0]);
    ::close(hand_over[1]);
    const rpc::Peer peer = rpc::peer_of(ours.borrow());
    CHECK(peer.foreign);
}
