// SPDX-License-Identifier: MIT
#include "manifest/simple_lines.hpp"

#include <algorithm>
#include <span>

namespace envkeep::manifest {
namespace {

constexpr std::uint32_t shortest_run = 4;  // entries

}  // namespace

void SimpleLines::keep_lines(std::uint32_t begin, std::uint32_t end) {
    for (std::uint32_t line = begin; line < end; ++line) {
        shortened_ += source_->line(line);
        shortened_ += line + 1 < source_->line_count() ? "\n" : "";
        lines_.push_back(line);
    }
}

SimpleLines::SimpleLines(const SourceText& source) : source_(&source) {
    const std::uint32_t count = source.line_count();
    for (std::uint32_t line = 0; line < count;) {
        read_simple_entry(source, line, 0, entry_);
        if (entry_.lines == 0) {
            keep_lines(line, line + 1);
            ++line;
            continue;
        }
        const std::uint32_t indentation = entry_.indentation;
        Run run{.first_line = line, .position = entry_.nodes.front().position};
        const std::uint32_t first_end = line + entry_.lines;
        std::uint32_t entries = 0;
        while (line < count && entry_.lines != 0 && entry_.indentation == indentation) {
            ++entries;
            line += entry_.lines;
            if (line < count) {
                read_simple_entry(source, line, 0, entry_);
            }
        }
        run.end_line = line;
        if (entries >= shortest_run) {
            keep_lines(run.first_line, first_end);
            runs_.push_back(run);
        } else {
            keep_lines(run.first_line, line);
        }
    }
}

std::uint32_t SimpleLines::position(std::uint32_t line, std::uint32_t column) const {
    if (line >= lines_.size()) {
        return static_cast<std::uint32_t>(source_->text().size());
    }
    return source_->line_begin(lines_[line]) + column;
}

bool SimpleLines::add_rest(TreeBuilder& builder, std::uint32_t begin) {
    const std::vector<TreeNode>& nodes = builder.tree().nodes;
    if (is_done() || nodes[begin].position != runs_[next_run_].position) {
        return true;
    }
    const Run& run = runs_[next_run_];
    const TreeNode* const list = builder.innermost();
    const std::span made = std::span(nodes).subspan(begin);
    read_simple_entry(*source_, run.first_line, begin, entry_);
    if (list == nullptr || list->kind != NodeKind::list || list->is_flow) {
        return true;
    }
    if (!std::ranges::equal(entry_.nodes, made)) {
        return false;
    }
    std::uint32_t line = run.first_line + entry_.lines;
    while (line < run.end_line) {
        read_simple_entry(*source_, line, builder.next(), entry_);
        for (const TreeNode& node : entry_.nodes) {
            builder.add_node(node);
        }
        line += entry_.lines;
    }
    ++next_run_;
    return true;
}

}  // namespace envkeep::manifest
