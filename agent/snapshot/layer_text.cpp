// SPDX-License-Identifier: MIT
#include "envkeep/snapshot/records.hpp"
#include "snapshot/layer_words.hpp"
#include "snapshot/path_lines.hpp"

#include <fmt/format.h>

#include <iterator>

namespace envkeep::snapshot {
namespace {

void put_group(std::string& out, const Group& group) {
    fmt::format_to(std::back_inserter(out), "group {} ", word_of(group.domain));
    put_text(out, group.version);
    out += ' ';
    put_text(out, group.place);
    out += ' ';
    put_text(out, group.name);
    out += '\n';
}

void put_hex(std::string& out, const Digest& digest) {
    constexpr std::string_view digits = "0123456789abcdef";
    for (const std::uint8_t byte : digest.bytes) {
        out += digits[byte >> 4U];
        out += digits[byte & 0xFU];
    }
}

void put_file(std::string& out, const Entry& entry) {
    fmt::format_to(std::back_inserter(out), " {} ", entry.size);
    put_hex(out, entry.digest);
    if (entry.size == 0) {
        out += " -";
        return;
    }
    const Location& location = entry.location;
    fmt::format_to(
        std::back_inserter(out), " {} {} {}", location.pack, location.frame, location.offset);
}

void put_entry(std::string& out, const Entry& entry, PathWriter& paths) {
    const std::string_view name = paths.name_of(out, entry.path);
    const system::Attributes& attributes = entry.attributes;
    fmt::format_to(std::back_inserter(out),
                   "{} {} {:04o} {} {} ",
                   letter_of(entry.kind, entry.is_sparse),
                   entry.group,
                   attributes.mode,
                   attributes.uid,
                   attributes.gid);
    put_time(out, attributes.modified);
    if (entry.kind == EntryKind::file) {
        put_file(out, entry);
    } else if (entry.kind != EntryKind::folder) {
        out += ' ';
        put_text(out, entry.target);
    }
    out += ' ';
    put_text(out, name);
    out += '\n';
    for (const system::ExtendedAttribute& attribute : attributes.extended) {
        out += "x ";
        put_text(out, attribute.value);
        out += ' ';
        put_text(out, attribute.name);
        out += '\n';
    }
}

void put_deletion(std::string& out, const Deletion& deletion) {
    fmt::format_to(std::back_inserter(out),
                   "- {} {} {} ",
                   deletion.group,
                   letter_of(deletion.kind, false),
                   deletion.size);
    put_time(out, deletion.modified);
    out += ' ';
    put_text(out, deletion.path);
    out += '\n';
}

}  // namespace

std::string layer_text(const Layer& layer) {
    constexpr std::size_t usual_line = 160;
    std::string out;
    out.reserve(layer.entries.size() * usual_line);
    out += layer_head;
    out += "\nhome ";
    put_text(out, layer.home);
    out += '\n';
    for (const std::string& pack : layer.packs) {
        fmt::format_to(std::back_inserter(out), "pack {}\n", pack);
    }
    for (const Group& group : layer.groups) {
        put_group(out, group);
    }
    PathWriter paths;
    for (const Entry& entry : layer.entries) {
        put_entry(out, entry, paths);
    }
    for (const Deletion& deletion : layer.deletions) {
        put_deletion(out, deletion);
    }
    fmt::format_to(
        std::back_inserter(out), "end {} {}\n", layer.entries.size(), layer.deletions.size());
    return out;
}

}  // namespace envkeep::snapshot
