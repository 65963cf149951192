// SPDX-License-Identifier: MIT
#include "envkeep/core/text.hpp"
#include "fuzz/given.hpp"
#include "git/config_line.hpp"
#include "git/handles.hpp"
#include "git/key_file.hpp"
#include "git/locks.hpp"
#include "git/pem_key.hpp"
#include "git/remote_callbacks.hpp"
#include "git/remote_findings.hpp"
#include "git/remote_words.hpp"
#include "git/ssh_agent.hpp"
#include "git/wire.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>

// Any bytes as a line of ssh_config, as a key file, as what an agent answers, as what a remote
// says, and as the mark that a killed run left in a repository; the first byte says which.
namespace envkeep::git {
namespace {

using given::require;

void check_line(std::string_view text) {
    const ConfigLine line = read_config_line(text);
    require(lower_case(line.keyword) == line.keyword);
    std::size_t size = line.keyword.size();
    for (const std::string& word : line.words) {
        size += word.size();
    }
    require(size <= text.size());
}

void check_key(std::string_view text) {
    if (const auto key = read_public_key(text)) {
        require(!key->blob.empty() && !key_type(key->blob).empty());
        require(key->comment.find('\n') == std::string::npos);
        static_cast<void>(is_certificate_of(key->blob, key->blob));
    }
    const KeyFile file = look_at_key_file(text);
    require(file.kind != KeyFileKind::unknown || file.public_blob.empty());
    static_cast<void>(is_certificate_of(text, file.public_blob));
    const std::string of_pem = public_key_of_pem(text);
    require(of_pem.empty() || !key_type(of_pem).empty());
}

void check_wire(std::string_view text) {
    WireReader reader(text);
    std::string read;
    while (const auto part = reader.string()) {
        read += wire_string(*part);
    }
    require(text.starts_with(read));
    static_cast<void>(key_type(text));
}

// What has been given, in pieces of `step` bytes; then its end.
class GivenStream final : public system::Connection {
  public:
    GivenStream(std::string_view bytes, std::size_t step) : rest_(bytes), step_(step) {}

    int descriptor() const override { return -1; }

    std::string peer() const override { return "agent"; }

    tl::expected<std::size_t, system::NetworkError> read(std::span<std::byte> into,
                                                         SteadyTime /*deadline*/) override {
        const std::size_t count = std::min({into.size(), rest_.size(), step_});
        std::memcpy(into.data(), rest_.data(), count);
        rest_.remove_prefix(count);
        return count;
    }

    tl::expected<std::size_t, system::NetworkError> write(std::span<const std::byte> bytes,
                                                          SteadyTime /*deadline*/) override {
        return bytes.size();
    }

    tl::expected<void, system::NetworkError> wait(system::Readiness /*readiness*/,
                                                  SteadyTime /*deadline*/) override {
        return {};
    }

  private:
    std::string_view rest_;
    std::size_t step_;
};

class GivenNetwork final : public system::Network {
  public:
    explicit GivenNetwork(std::string_view bytes) : bytes_(bytes) {}

    tl::expected<std::unique_ptr<system::Connection>, system::NetworkError> connect(
        const std::string& /*host*/, std::uint16_t /*port*/, SteadyTime /*deadline*/) override {
        return tl::unexpected(system::NetworkError{});
    }

    tl::expected<std::unique_ptr<system::Connection>, system::NetworkError> connect_local(
        const std::string& /*path*/) override {
        constexpr std::size_t step = 7;
        return std::make_unique<GivenStream>(bytes_, step);
    }

  private:
    std::string_view bytes_;
};

void check_agent(std::string_view text) {
    constexpr std::size_t most_keys = 256;
    GivenNetwork network(text);
    auto agent = SshAgent::connect(network, "/a");
    require(agent.has_value());
    const auto keys = agent->keys({});
    require(keys ? keys->size() <= most_keys : !keys.error().message.empty());
    for (const AgentKey& key : keys ? *keys : std::vector<AgentKey>{}) {
        require(key.blob.size() <= text.size() && printable(key.comment) == key.comment);
    }
    auto other = SshAgent::connect(network, "/a");
    const auto signature = other->sign("k", "d", "rsa-sha2-512", {});
    require(signature ? signature->size() <= text.size() : !signature.error().message.empty());
}

// A URL, and behind a NUL the words of the other side.
void check_words(std::string_view text) {
    RemoteAttempt attempt{.url = std::string(given::take_part(text))};
    const auto address = parse_address(attempt.url);
    if (address) {
        attempt.address = *address;
    }
    static_cast<void>(known_by_words(attempt, text));
    const LibGitError error{.code = -1, .message = std::string(text)};
    const model::Finding finding = finding_of(attempt, error, "dotfiles");
    require(!finding.id.empty() && !finding.title.empty());
    static_cast<void>(is_network_at_fault(attempt, error));
}

// An empty repository of this process, gone at its end.
class Folder {
  public:
    Folder() {
        require(::mkdtemp(path_.data()) != nullptr);
        require(git_repository_init(into(repository_), path_.data(), 0) == 0);
    }

    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    ~Folder() { std::filesystem::remove_all(path_.data()); }

    [[nodiscard]] git_repository* repository() const { return repository_.get(); }

    [[nodiscard]] std::string path() const { return path_.data(); }

  private:
    LibGit library_{""};
    std::array<char, 32> path_{"/tmp/envkeep-fuzz-XXXXXX"};
    Repository repository_;
};

void check_mark(std::string_view text) {
    static const Folder folder;
    given::Files files;
    const given::Machine machine;
    const LocalAccess local{.files = files, .writer = files, .machine = machine, .home = "/root"};
    // As libgit2 calls the folder, which the mark's is named by.
    const std::string root = git_repository_path(folder.repository());
    files.contents[root + "envkeep-at-work"] = text;
    static_cast<void>(is_run_alive(text, machine));
    const auto mark = Mark::take(folder.repository(), folder.path(), local);
    if (!mark) {
        require(mark.error().kind == ErrorKind::busy ||
                mark.error().kind == ErrorKind::unsupported);
        return;
    }
    for (const std::string& part :
         {mark->unfinished().from, mark->unfinished().to, mark->unfinished().reference}) {
        require(part.find('\n') == std::string::npos && part.size() <= text.size());
    }
    require(is_of_this_container(files.contents.begin()->second, machine));
}

using Check = void (*)(std::string_view);
constexpr std::array<Check, 6> checks{
    check_line, check_key, check_wire, check_agent, check_words, check_mark};

}  // namespace
}  // namespace envkeep::git

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace envkeep;
    std::string_view text(reinterpret_cast<const char*>(data), size);
    git::checks.at(given::take_choice(text, git::checks.size()))(text);
    return 0;
}
