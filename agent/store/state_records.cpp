// SPDX-License-Identifier: MIT
#include "store/state_records.hpp"

#include "envkeep/core/json.hpp"
#include "envkeep/store/fields.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <iterator>
#include <utility>

namespace envkeep::store {
namespace {

using system::Kind;
using system::Status;

bool is_unescaped(char c) {
    return c >= ' ' && c <= '~' && c != '"' && c != '\\';
}

void write_string(std::string& out, std::string_view bytes) {
    out += '"';
    if (std::all_of(bytes.begin(), bytes.end(), is_unescaped)) {
        out += bytes;
    } else {
        for (const char c : json_bytes(bytes)) {
            if (c == '"' || c == '\\') {
                out += '\\';
                out += c;
            } else if (static_cast<unsigned char>(c) < 0x20) {
                fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(c));
            } else {
                out += c;
            }
        }
    }
    out += '"';
}

void write_status(std::string& out, const Status& status) {
    if (status == Status{}) {
        out += "null";
        return;
    }
    fmt::format_to(std::back_inserter(out),
                   "[{},{},{},{},{},{},{},{},{},{},{}]",
                   static_cast<int>(status.kind),
                   status.mode,
                   status.uid,
                   status.gid,
                   status.size,
                   status.device,
                   status.inode,
                   status.links,
                   status.modified.time_since_epoch().count(),
                   status.changed.time_since_epoch().count(),
                   status.is_mount_point ? 1 : 0);
}

// Reads one line from the left. After the first thing that is not as expected, nothing is.
class Scanner {
  public:
    explicit Scanner(std::string_view line) : rest_(line) {}

    void expect(std::string_view text) {
        is_well_ = is_well_ && rest_.starts_with(text);
        if (is_well_) {
            rest_.remove_prefix(text.size());
        }
    }

    std::string bytes() {
        expect("\"");
        const std::size_t end = rest_.find_first_of("\"\\");
        if (!is_well_ || end == std::string_view::npos) {
            is_well_ = false;
            return {};
        }
        if (rest_[end] == '\\') {
            return bytes_of_json(escaped_text());
        }
        std::string text(rest_.substr(0, end));
        rest_.remove_prefix(end + 1);
        return text;
    }

    template <typename Number>
    Number number() {
        Number value{};
        const auto read = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
        is_well_ = is_well_ && read.ec == std::errc{};
        if (is_well_) {
            rest_.remove_prefix(static_cast<std::size_t>(read.ptr - rest_.data()));
        }
        return value;
    }

    template <typename Number>
    Number next_number() {
        expect(",");
        return number<Number>();
    }

    Status status() {
        if (rest_.starts_with("null")) {
            expect("null");
            return {};
        }
        expect("[");
        const int kind = number<int>();
        is_well_ = is_well_ && kind >= 0 && kind <= static_cast<int>(Kind::other);
        Status status{.kind = is_well_ ? static_cast<Kind>(kind) : Kind::absent,
                      .mode = next_number<std::uint32_t>(),
                      .uid = next_number<std::uint32_t>(),
                      .gid = next_number<std::uint32_t>(),
                      .size = next_number<std::uint64_t>(),
                      .device = next_number<std::uint64_t>(),
                      .inode = next_number<std::uint64_t>(),
                      .links = next_number<std::uint64_t>(),
                      .modified = time(next_number<std::int64_t>()),
                      .changed = time(next_number<std::int64_t>()),
                      .is_mount_point = next_number<int>() != 0};
        expect("]");
        return status;
    }

    [[nodiscard]] bool is_at_its_end() const { return is_well_ && rest_.empty(); }

  private:
    static WallTime time(std::int64_t nanoseconds) {
        return WallTime(std::chrono::nanoseconds(nanoseconds));
    }

    // A string with escapes, up to and with the quote that ends it; JSON's own reader knows them.
    std::string escaped_text() {
        std::size_t end = 0;
        while (end < rest_.size() && rest_[end] != '"') {
            end += rest_[end] == '\\' ? std::size_t{2} : std::size_t{1};
        }
        if (end >= rest_.size()) {
            is_well_ = false;
            return {};
        }
        const auto json = Json::parse('"' + std::string(rest_.substr(0, end + 1)));
        is_well_ = json.has_value();
        rest_.remove_prefix(end + 1);
        return json ? *json->as_string() : std::string{};
    }

    std::string_view rest_;
    bool is_well_ = true;
};

// Calls `read` for each line without the comma at its end; false if one was not as expected.
template <typename Read>
bool for_each_line(std::string_view lines, const Read& read) {
    while (!lines.empty()) {
        const std::size_t end = lines.find('\n');
        if (end == std::string_view::npos) {
            return false;
        }
        const bool is_last = end + 1 == lines.size();
        std::string_view line = lines.substr(0, end);
        if (line.ends_with(',') == is_last) {
            return false;
        }
        line.remove_suffix(is_last ? 0 : 1);
        Scanner scanner(line);
        read(scanner);
        if (!scanner.is_at_its_end()) {
            return false;
        }
        lines.remove_prefix(end + 1);
    }
    return true;
}

void end_line(std::string& out, bool is_last) {
    out += is_last ? "\n" : ",\n";
}

}  // namespace

std::string lines_of(const std::vector<RestoredFile>& files) {
    std::string out;
    for (const RestoredFile& file : files) {
        out += '[';
        write_string(out, file.place);
        out += ',';
        write_string(out, file.source);
        out += ',';
        write_string(out, file.digest == Digest{} ? std::string{} : file.digest.text());
        out += ',';
        write_status(out, file.home_seen);
        out += ',';
        write_status(out, file.store_seen);
        out += file.is_link ? ",1]" : ",0]";
        end_line(out, &file == &files.back());
    }
    return out;
}

std::string lines_of(const SniffedFiles& sniffed) {
    std::string out;
    std::size_t left = sniffed.size();
    for (const auto& [path, one] : sniffed) {
        out += '[';
        write_string(out, path);
        out += ',';
        write_status(out, one.seen);
        out += one.is_private_key ? ",1]" : ",0]";
        end_line(out, --left == 0);
    }
    return out;
}

std::optional<std::vector<RestoredFile>> restored_files(std::string_view lines) {
    std::vector<RestoredFile> files;
    files.reserve(static_cast<std::size_t>(std::count(lines.begin(), lines.end(), '\n')));
    const bool is_read = for_each_line(lines, [&](Scanner& scanner) {
        RestoredFile& file = files.emplace_back();
        scanner.expect("[");
        file.place = scanner.bytes();
        scanner.expect(",");
        file.source = scanner.bytes();
        scanner.expect(",");
        file.digest = digest_of_hex(scanner.bytes()).value_or(Digest{});
        scanner.expect(",");
        file.home_seen = scanner.status();
        scanner.expect(",");
        file.store_seen = scanner.status();
        file.is_link = scanner.next_number<int>() != 0;
        scanner.expect("]");
    });
    return is_read ? std::optional(std::move(files)) : std::nullopt;
}

std::optional<SniffedFiles> sniffed_files(std::string_view lines) {
    SniffedFiles sniffed;
    const bool is_read = for_each_line(lines, [&](Scanner& scanner) {
        scanner.expect("[");
        std::string path = scanner.bytes();
        scanner.expect(",");
        SessionState::Sniffed one{.seen = scanner.status()};
        one.is_private_key = scanner.next_number<int>() != 0;
        scanner.expect("]");
        sniffed.insert_or_assign(sniffed.end(), std::move(path), one);
    });
    return is_read ? std::optional(std::move(sniffed)) : std::nullopt;
}

}  // namespace envkeep::store
