// SPDX-License-Identifier: MIT
#include "envkeep/manifest/read.hpp"

#include "envkeep/core/text.hpp"
#include "manifest/file_content.hpp"
#include "manifest/parse_yaml.hpp"
#include "manifest/path_rules.hpp"
#include "manifest/read_files.hpp"
#include "manifest/source_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>
#include <unordered_map>
#include <utility>

namespace envkeep::manifest {
namespace {

constexpr std::size_t deepest = 16;
constexpr std::size_t most_files = 100;

const std::optional<Condition> never;  // of what cannot have a condition

// "/a/b" and "../c" is "/a/c": the text alone decides, so that a cycle is seen whatever links say.
std::string beside(std::string_view file, std::string_view path) {
    std::string joined;
    if (!path.starts_with('/')) {
        joined = file.substr(0, file.rfind('/') + 1);
    }
    joined += path;
    std::vector<std::string_view> names;
    for (const std::string_view name : split(joined, '/')) {
        if (name.empty() || name == ".") {
            continue;
        }
        if (name == ".." && !names.empty()) {
            names.pop_back();
        } else if (name != "..") {
            names.push_back(name);
        }
    }
    std::string normal;
    for (const std::string_view name : names) {
        normal += fmt::format("{}{}", joined.starts_with('/') || !normal.empty() ? "/" : "", name);
    }
    return normal;
}

// Something that may stand in a manifest once.
struct Unique {
    std::string key;           // the same for the same thing
    std::string_view subject;  // as it is written
    Mark mark;
    const std::optional<Condition>* when;
};

// The same thing said twice, in one file or in two.
class Doubles {
  public:
    // The one that is in the way of `entry`; none if it may stand. Two with conditions may, until
    // these are known to hold.
    std::optional<Mark> find_or_add(const Unique& entry) {
        const auto [begin, end] = seen_.equal_range(entry.key);
        for (auto at = begin; at != end; ++at) {
            const std::optional<Condition>& other = at->second.when;
            if (!*entry.when || !other || **entry.when == *other) {
                return at->second.mark;
            }
        }
        seen_.emplace(entry.key, Seen{.mark = entry.mark, .when = *entry.when});
        return std::nullopt;
    }

  private:
    struct Seen {
        Mark mark;
        std::optional<Condition> when;
    };

    std::unordered_multimap<std::string, Seen> seen_;
};

class Loader {
  public:
    Loader(Reading& reading, const ReadFile* read_file)
        : reading_(reading), read_file_(read_file) {}

    // `open` are the files that led here, this one included.
    void load(const std::string& file, std::string text, std::vector<std::string>& open) {
        const auto index = static_cast<std::uint32_t>(reading_.manifest.files.size());
        reading_.manifest.files.push_back(file);
        const SourceText source(std::move(text));
        const Parsed parsed = parse_yaml(source);
        Reader reader(source, file, index, reading_.problems);
        for (const Fault& fault : parsed.faults) {
            reader.report(fault.position, fault.message, fault.hint);
        }
        if (parsed.tree.nodes.empty() && !parsed.faults.empty()) {
            return;
        }
        FileContent content = read_content(reader, parsed);
        if (read_file_ != nullptr) {
            for (const Included& included : content.includes) {
                include(reader, included, open);
            }
        }
        merge(reader, std::move(content));
    }

  private:
    void include(Reader& reader, const Included& included, std::vector<std::string>& open) {
        const std::string file = beside(open.back(), included.path);
        const std::vector<std::string>& files = reading_.manifest.files;
        if (std::ranges::find(open, file) != open.end()) {
            reader.report(included.value,
                          fmt::format("{} includes itself", quoted(file)),
                          "take one of the 'include' entries of this circle out");
            return;
        }
        if (open.size() >= deepest || files.size() >= most_files) {
            if (open.size() >= deepest || !std::exchange(has_told_most_files_, true)) {
                reader.report(included.value,
                              fmt::format("more than {} files include one another",
                                          open.size() >= deepest ? deepest : most_files),
                              "put some of them into one");
            }
            return;
        }
        if (std::ranges::find(files, file) != files.end()) {
            return;
        }
        Result<std::string> text = (*read_file_)(file);
        if (!text) {
            reader.report(included.value,
                          fmt::format("cannot include {}: {}", quoted(file), text.error().message),
                          text.error().kind == ErrorKind::not_found
                              ? "paths are relative to the file that includes; make it or take "
                                "the entry out"
                              : text.error().hint);
            return;
        }
        included_ += text->size();
        if (included_ > largest_manifest) {
            reader.report(included.value,
                          fmt::format("what is included is larger than {} together",
                                      human_size(largest_manifest)),
                          "a manifest names paths, it does not hold data: take out what is none");
            return;
        }
        open.push_back(file);
        load(file, *std::move(text), open);
        open.pop_back();
    }

    // Whether an entry is the first of its kind; reports it otherwise.
    bool is_first(Reader& reader, const Unique& entry, std::string_view what) {
        const std::optional<Mark> first = doubles_.find_or_add(entry);
        if (!first) {
            return true;
        }
        const std::string place =
            first->file == entry.mark.file
                ? fmt::format("line {}", first->line)
                : fmt::format("{}:{}", reading_.manifest.files[first->file], first->line);
        reader.report(
            entry.mark,
            fmt::format("{} {}", quoted(entry.subject), what),
            fmt::format("it stands in {} already: take one out{}",
                        place,
                        entry.when == &never
                            ? ""
                            : ", or give them 'when' conditions that exclude each other"));
        return false;
    }

    void merge(Reader& reader, FileContent content) {
        Manifest& all = reading_.manifest;
        for (Keep& keep : content.manifest.keeps) {
            const Unique entry{.key = "keep " + written_path(keep.path).value_or(keep.path),
                               .subject = keep.path,
                               .mark = keep.mark,
                               .when = &keep.when};
            if (is_first(reader, entry, "is kept twice")) {
                all.keeps.push_back(std::move(keep));
            }
        }
        for (ModeRule& rule : content.manifest.modes) {
            const Unique entry{.key = "mode " + written_path(rule.pattern).value_or(rule.pattern),
                               .subject = rule.pattern,
                               .mark = rule.mark,
                               .when = &never};
            if (is_first(reader, entry, "has a mode twice")) {
                all.modes.push_back(std::move(rule));
            }
        }
        merge_rest(reader, content);
        merge_settings(content);
    }

    void merge_rest(Reader& reader, FileContent& content) {
        Manifest& all = reading_.manifest;
        for (Repository& repository : content.manifest.repositories) {
            const Unique entry{
                .key = "dir " + written_path(repository.dir).value_or(repository.dir),
                .subject = repository.dir,
                .mark = repository.mark,
                .when = &repository.when};
            if (is_first(reader, entry, "is the place of two repositories")) {
                all.repositories.push_back(std::move(repository));
            }
        }
        std::ranges::move(content.manifest.known_hosts, std::back_inserter(all.known_hosts));
        for (Variable& variable : content.manifest.environment) {
            const Unique entry{.key = "env " + variable.name,
                               .subject = variable.name,
                               .mark = variable.mark,
                               .when = &variable.when};
            if (is_first(reader, entry, "is given twice")) {
                all.environment.push_back(std::move(variable));
            }
        }
    }

    // The including file comes after what it includes: its sections stand.
    void merge_settings(FileContent& content) {
        Manifest& all = reading_.manifest;
        assign(all.dotfiles, std::move(content.manifest.dotfiles));
        assign(all.packages, content.manifest.packages);
        assign(all.gpu, std::move(content.manifest.gpu));
        assign(all.doctor, std::move(content.manifest.doctor));
        if (content.start) {
            assign(all.start_limit, content.start->limit);
        }
        if (content.save) {
            all.save_every = content.save->every;
        }
        if (content.snapshot) {
            assign(all.snapshot.automatic, content.snapshot->automatic);
            assign(all.snapshot.limit_percent, content.snapshot->limit_percent);
            assign(all.snapshot.profile, std::move(content.snapshot->profile));
            assign(all.snapshot.include, std::move(content.snapshot->include));
            assign(all.snapshot.exclude, std::move(content.snapshot->exclude));
        }
        if (content.backups) {
            assign(all.backup_limit_percent, content.backups->limit_percent);
            if (content.backups->expiry) {
                all.backup_expiry = content.backups->expiry;
            }
        }
    }

    Reading& reading_;
    const ReadFile* read_file_;
    Doubles doubles_;
    std::size_t included_ = 0;  // bytes of text
    bool has_told_most_files_ = false;
};

void sort_problems(std::vector<Problem>& problems, const std::vector<std::string>& files) {
    const auto order = [&](const Problem& problem) {
        const auto file = std::ranges::find(files, problem.file);
        return std::tuple(file - files.begin(), problem.line, problem.column);
    };
    std::ranges::stable_sort(problems, [&](const Problem& one, const Problem& other) {
        return order(one) < order(other);
    });
}

Reading load(const std::string& file, std::string text, const ReadFile* read_file) {
    Reading reading;
    std::vector<std::string> open{file};
    Loader(reading, read_file).load(file, std::move(text), open);
    sort_problems(reading.problems, reading.manifest.files);
    return reading;
}

}  // namespace

Result<Reading> read(const std::string& file, const ReadFile& read_file) {
    ENVKEEP_TRY(std::string text, read_file(file));
    return load(file, std::move(text), &read_file);
}

Reading read_one_text(std::string_view text, const std::string& file) {
    return load(file, std::string(text), nullptr);
}

void add_problems(std::vector<Problem>& problems,
                  std::vector<Problem> more,
                  const std::vector<std::string>& files,
                  const ReadFile& read_file) {
    std::map<std::string, std::optional<SourceText>> sources;
    for (Problem& problem : more) {
        const auto [at, is_new] = sources.try_emplace(problem.file);
        if (is_new) {
            if (auto text = read_file(problem.file)) {
                at->second.emplace(*std::move(text));
            }
        }
        const auto& source = at->second;
        if (problem.snippet.empty() && source && problem.line > 0 &&
            problem.line <= source->line_count()) {
            problem.snippet = snippet_of(source->line(problem.line - 1));
        }
        problems.push_back(std::move(problem));
    }
    sort_problems(problems, files);
}

namespace {

// The characters of a line, and the place behind the last.
std::size_t columns(std::string_view line) {
    std::size_t count = 1;
    while (!line.empty()) {
        line.remove_prefix(std::max<std::size_t>(character_length(line), 1));
        ++count;
    }
    return count;
}

}  // namespace

std::string problem_text(const Problem& problem) {
    std::string text = fmt::format("{}:{}:{}: error: {}\n",
                                   printable(problem.file),
                                   problem.line,
                                   problem.column,
                                   problem.message);
    if (!problem.snippet.empty()) {
        const std::string number = fmt::format("{:>5}", problem.line);
        text += fmt::format("{} | {}\n", number, problem.snippet);
        if (problem.column <= columns(problem.snippet)) {
            text += fmt::format("      | {}^\n", std::string(problem.column - 1, ' '));
        }
    }
    if (!problem.hint.empty()) {
        text += fmt::format("      = {}\n", problem.hint);
    }
    return text;
}

}  // namespace envkeep::manifest
