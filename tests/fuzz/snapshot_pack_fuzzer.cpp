// SPDX-License-Identifier: MIT
#include "fuzz/given.hpp"
#include "snapshot/pack_reader.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

// Any bytes as a pack: its index, then each frame, and the whole as a compressed text. Nothing
// larger than promised is ever written. As its name the fuzzer takes the one that its index would
// have, so that what lies behind the proof of the name is reached.
namespace envkeep::snapshot {
namespace {

using given::require;

class MemoryFile final : public system::OpenFile {
  public:
    explicit MemoryFile(std::span<const std::byte> bytes) : bytes_(bytes) {}

    Result<system::Status> status() override {
        return system::Status{.kind = system::Kind::file, .size = bytes_.size()};
    }

    Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> buffer) override {
        require(offset <= bytes_.size() && buffer.size() <= bytes_.size());
        const std::size_t count = std::min<std::size_t>(buffer.size(), bytes_.size() - offset);
        std::memcpy(buffer.data(), bytes_.data() + offset, count);
        return count;
    }

    Result<std::vector<system::ExtendedAttribute>> extended() override {
        return std::vector<system::ExtendedAttribute>{};
    }

  private:
    std::span<const std::byte> bytes_;
};

class MemoryTree final : public system::TreeReader {
  public:
    explicit MemoryTree(std::span<const std::byte> bytes) : bytes_(bytes) {}

    Result<std::shared_ptr<system::FolderReader>> read_folder(const system::Place&) override {
        return failure(ErrorKind::unsupported, "no folders");
    }

    Result<std::unique_ptr<system::OpenFile>> open_file(const system::Place&) override {
        return std::make_unique<MemoryFile>(bytes_);
    }

  private:
    std::span<const std::byte> bytes_;
};

// The name that would prove the index of these bytes, whatever it is.
std::string fitting_name(std::span<const std::byte> bytes) {
    constexpr std::size_t head = 8;
    if (bytes.size() < trailer_size) {
        return "x";
    }
    const auto size = index_frame_size(bytes.last(trailer_size), bytes.size());
    if (!size || *size < head + trailer_size) {
        return "x";
    }
    Hasher hasher;
    hasher.update(bytes.last(*size).subspan(head, *size - head - trailer_size));
    return hasher.digest().text();
}

void check(const PackReader& pack, std::size_t size) {
    FrameDecoder decoder;
    std::size_t packed_size = 0;
    for (std::size_t i = 0; i < std::min<std::size_t>(pack.index().frames.size(), 16); ++i) {
        const auto packed = pack.read_packed(i);
        require(packed.has_value() && (packed_size += packed->size()) <= size);
        const auto plain = pack.decode(i, *packed, decoder);
        require(!plain || plain->size() == pack.index().frames[i].plain);
    }
}

}  // namespace
}  // namespace envkeep::snapshot

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace envkeep::snapshot;
    constexpr std::size_t limit = 100'000;
    const auto bytes = std::as_bytes(std::span(data, size));
    MemoryTree tree(bytes);
    const auto pack = PackReader::open({}, fitting_name(bytes), tree);
    if (pack) {
        check(*pack, size);
    }
    const auto text = decode_all(bytes, limit);
    require(!text || text->size() <= limit);
    return 0;
}
