// SPDX-License-Identifier: MIT
#include "envkeep/core/match.hpp"
#include "envkeep/posix/fd.hpp"
#include "envkeep/posix/inspector.hpp"
#include "envkeep/posix/process.hpp"
#include "fuzz/given.hpp"
#include "posix/proc_text.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

// Any bytes as what a worker of ours sends, cut anywhere, as the files of /proc that the program
// reads for itself, and as the record of a captured machine; the first byte says which.
namespace envkeep::posix {
namespace {

using given::require;

struct Pair {
    Fd one;
    Fd other;
};

Pair socket_pair() {
    std::array<int, 2> ends{};
    require(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0);
    return {.one = Fd(ends[0]), .other = Fd(ends[1])};
}

// What the frames were made of, as far as whole ones were read: it is what was sent.
void check_frames(std::string_view bytes) {
    constexpr std::size_t most = 64U << 10U;  // what a socket takes without a reader
    bytes = bytes.substr(0, most);
    Pair pair = socket_pair();
    FrameReader reader(pair.one.get());
    const auto now = std::chrono::steady_clock::now();
    std::string read;
    bool is_over = false;
    const auto take_all = [&] {
        for (bool has_more = true; has_more && !is_over;) {
            match(
                reader.next(now),
                [&](const Frame& frame) {
                    require(frame.payload.size() <= largest_frame);
                    Pair again = socket_pair();
                    require(send_frame(again.one.get(), frame.type, frame.payload).has_value());
                    std::string sent(frame.payload.size() + 6, '\0');
                    const ssize_t count = ::recv(again.other.get(), sent.data(), sent.size(), 0);
                    read.append(sent.data(), static_cast<std::size_t>(count));
                },
                [&](const DeadlinePassed&) { has_more = false; },
                [&](const auto&) { is_over = true; });
        }
    };
    const std::string_view first = bytes.substr(0, bytes.size() / 3);
    for (const std::string_view part : {first, bytes.substr(first.size())}) {
        require(is_over || part.empty() ||
                ::send(pair.other.get(), part.data(), part.size(), 0) ==
                    static_cast<ssize_t>(part.size()));
        take_all();
    }
    pair.other = Fd();
    take_all();
    require(is_over && bytes.starts_with(read));
}

void check_proc(std::string_view text) {
    for (const system::Mount& mount : parse_mounts(text)) {
        require(mount.point.size() <= text.size() && mount.type.size() <= text.size());
    }
    if (const auto state = parse_process_state(text)) {
        require(text.find(state->state) != std::string_view::npos);
    }
    const auto home = parse_home(text, 1000);
    require(!home || (home->starts_with('/') && home->find('\n') == std::string::npos));
    static_cast<void>(parse_boot_time(text));
    static_cast<void>(parse_name_space(text));
}

// A folder of this process with one file in it, gone at its end.
class Folder {
  public:
    Folder() { require(::mkdtemp(path_.data()) != nullptr); }

    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    ~Folder() { std::filesystem::remove_all(path_.data()); }

    [[nodiscard]] std::string path() const { return path_.data(); }

    void write(const std::string& name, std::string_view text) const {
        const std::string file = path() + name;
        const Fd open(::open(file.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600));
        require(::write(open.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()));
    }

  private:
    std::array<char, 32> path_{"/tmp/envkeep-fuzz-XXXXXX"};
};

void check_record(std::string_view text) {
    static const Folder folder;
    folder.write(Inspector::capture_record, text);
    const auto machine = Inspector::captured(folder.path());
    if (!machine) {
        require(!machine.error().message.empty());
        return;
    }
    for (const char* const path : {"/", "/dev/nvidia0", "/dev", "/a", "/a/b"}) {
        const auto node = machine->node(path);
        require(!node || node->mode <= 07777U);
        const auto real = machine->real_path(path);
        require(!real || !real->empty());
        static_cast<void>(machine->access_error(path));
        static_cast<void>(machine->link_target(path));
        static_cast<void>(machine->space(path));
        static_cast<void>(machine->read(path, 1000));
        for (const system::Entry& entry : machine->list(path)) {
            require(!entry.name.empty());
        }
    }
}

using Check = void (*)(std::string_view);
constexpr std::array<Check, 3> checks{check_frames, check_proc, check_record};

}  // namespace
}  // namespace envkeep::posix

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace envkeep;
    std::string_view text(reinterpret_cast<const char*>(data), size);
    posix::checks.at(given::take_choice(text, posix::checks.size()))(text);
    return 0;
}
