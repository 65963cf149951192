// SPDX-License-Identifier: MIT
#include "unit/keep/keep_world.hpp"

#include "unit/keep/plan_text.hpp"

#include <fmt/format.h>

#include <numeric>

namespace envkeep::keep::testing {
namespace {

std::string with_name(std::string path, std::string_view name) {
    return name.empty() ? path : path + '/' + std::string(name);
}

std::string word_for(const WantedKeep& keep) {
    switch (keep.form) {
        case Form::link:
            return "link";
        case Form::copy:
            return "copy";
        case Form::packed:
            return "packed";
        case Form::folder:
            break;
    }
    return "folder";
}

}  // namespace

int CountingFiles::count(const std::string& name) const {
    const auto known = counts_.find(name);
    return known == counts_.end() ? 0 : known->second;
}

int CountingFiles::all() const {
    return std::accumulate(counts_.begin(), counts_.end(), 0, [](int sum, const auto& one) {
        return sum + one.second;
    });
}

Result<system::RootId> CountingFiles::open_root(const std::string& absolute) {
    ++counts_["open_root"];
    return files_.open_root(absolute);
}

std::string CountingFiles::root_path(system::RootId root) const {
    return files_.root_path(root);
}

Result<system::Status> CountingFiles::status(const system::Place& place) {
    ++counts_["status"];
    return files_.status(place);
}

Result<system::Seen> CountingFiles::look(const system::Place& place) {
    ++counts_["look"];
    return files_.look(place);
}

Result<system::Status> CountingFiles::follow(const std::string& absolute) {
    ++counts_["follow"];
    return files_.follow(absolute);
}

Result<std::string> CountingFiles::real_path(const std::string& absolute) {
    ++counts_["real_path"];
    return files_.real_path(absolute);
}

Result<std::string> CountingFiles::read_link(const system::Place& place) {
    ++counts_["read_link"];
    return files_.read_link(place);
}

Result<std::string> CountingFiles::read_file(const system::Place& place, std::uint64_t limit) {
    ++counts_["read_file"];
    return files_.read_file(place, limit);
}

Result<std::string> CountingFiles::read_head(const system::Place& place, std::size_t count) {
    ++counts_["read_head"];
    return files_.read_head(place, count);
}

Result<std::vector<system::Entry>> CountingFiles::list(const system::Place& place) {
    ++counts_["list"];
    return files_.list(place);
}

Result<Digest> CountingFiles::digest(const system::Place& file) {
    ++counts_["digest"];
    return files_.digest(file);
}

Result<bool> CountingFiles::has_same_bytes(const system::Place& one, const system::Place& other) {
    ++counts_["has_same_bytes"];
    return files_.has_same_bytes(one, other);
}

Result<system::Space> CountingFiles::space(system::RootId root) {
    ++counts_["space"];
    return files_.space(root);
}

void KeepWorld::set_up() {
    tree.folder("root").folder("storage/envkeep/home");
    reopen();
    resolving.python = "3.11";
    planning.absolute = [this](const system::Place& place) { return files.absolute(place); };
}

void KeepWorld::reopen() {
    real_files = posix::Files();
    resolving.home = real_files.open_root(tree / "root").value();
    resolving.store = {.base = real_files.open_root(tree / "storage").value(),
                       .root = real_files.open_root(tree / "storage/envkeep").value(),
                       .base_path = tree / "storage",
                       .path = tree / "storage/envkeep"};
}

manifest::Keep& KeepWorld::keep(std::string_view path) {
    manifest::Keep& keep = manifest.keeps.emplace_back();
    keep.path = path;
    keep.mark.line = static_cast<std::uint32_t>(manifest.keeps.size());
    return keep;
}

std::string KeepWorld::home(std::string_view path) const {
    return with_name(tree / "root", path);
}

std::string KeepWorld::store(std::string_view path) const {
    return with_name(tree / "storage/envkeep", path);
}

Wanted KeepWorld::wanted() {
    real_files.forget_folders();
    return resolve(manifest, resolving, files).value();
}

Observation KeepWorld::observation() {
    return observe(wanted(), observing, files).value();
}

model::Plan KeepWorld::plan() {
    const Wanted all = wanted();
    return make_plan(all, observe(all, observing, files).value(), planning);
}

std::string KeepWorld::shortened(std::string text) const {
    const std::string base = tree.path() + '/';
    for (std::size_t at = text.find(base); at != std::string::npos; at = text.find(base)) {
        text.erase(at, base.size());
    }
    return text;
}

std::vector<std::string> KeepWorld::plan_lines() {
    std::vector<std::string> lines = lines_of(plan(), planning.absolute);
    for (std::string& line : lines) {
        line = shortened(line);
    }
    return lines;
}

std::vector<std::string> KeepWorld::wanted_lines() {
    std::vector<std::string> lines;
    for (const WantedKeep& keep : wanted().keeps) {
        std::string line = fmt::format(
            "{} {} -> {}", word_for(keep), files.absolute(keep.place), files.absolute(keep.source));
        line += keep.may_be_missing ? " if there" : "";
        for (const RelPath& path : keep.leaves_out) {
            line += " -" + path.text();
        }
        lines.push_back(shortened(line));
    }
    return lines;
}

KeepSeen KeepWorld::seen() {
    const Observation all = observation();
    return all.keeps.size() == 1 ? all.keeps.front() : KeepSeen{};
}

}  // namespace envkeep::keep::testing
