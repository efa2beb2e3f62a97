package archtest_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// The budgets of a file and a function, in lines.
const (
	maxFile     = 500
	maxFunction = 70
)

// eachFile parses every Go file of ours that people write.
func eachFile(t *testing.T, visit func(path string, fset *token.FileSet, file *ast.File)) {
	t.Helper()
	root := filepath.Join("..", "..")
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		if entry.IsDir() && (name == "testdata" || name == "node_modules" || strings.HasPrefix(name, ".") && name != "." && name != "..") {
			return filepath.SkipDir
		}
		if entry.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, ".pb.go") {
			return nil
		}
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, path, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		visit(strings.TrimPrefix(path, root+string(filepath.Separator)), fset, file)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestFilesAndFunctionsStayWithinTheirBudgets(t *testing.T) {
	eachFile(t, func(path string, fset *token.FileSet, file *ast.File) {
		if lines := fset.File(file.Pos()).LineCount(); lines > maxFile {
			t.Errorf("%s has %d lines, more than %d: split it by its jobs", path, lines, maxFile)
		}
		for _, decl := range file.Decls {
			f, ok := decl.(*ast.FuncDecl)
			if !ok || f.Body == nil || strings.HasSuffix(path, "_test.go") {
				continue
			}
			if lines := fset.Position(f.End()).Line - fset.Position(f.Pos()).Line + 1; lines > maxFunction {
				t.Errorf("%s: %s has %d lines, more than %d", path, f.Name.Name, lines, maxFunction)
			}
		}
	})
}

func TestEveryPackageAndExportedNameIsDocumented(t *testing.T) {
	packages := map[string]bool{}
	eachFile(t, func(path string, fset *token.FileSet, file *ast.File) {
		if strings.HasSuffix(path, "_test.go") {
			return
		}
		dir := filepath.Dir(path)
		packages[dir] = packages[dir] || file.Doc != nil
		undocumented := func(node ast.Node, name string) {
			t.Errorf("%s:%d: %s has no documentation", path, fset.Position(node.Pos()).Line, name)
		}
		for _, decl := range file.Decls {
			switch d := decl.(type) {
			case *ast.FuncDecl:
				if d.Name.IsExported() && d.Doc == nil && hasExportedReceiver(d) {
					undocumented(d, d.Name.Name)
				}
			case *ast.GenDecl:
				checkSpecs(d, undocumented)
			}
		}
	})
	for dir, documented := range packages {
		if !documented && !strings.HasPrefix(dir, "proto") {
			t.Errorf("package %s has no comment", dir)
		}
	}
}

func checkSpecs(d *ast.GenDecl, undocumented func(ast.Node, string)) {
	for _, spec := range d.Specs {
		switch s := spec.(type) {
		case *ast.TypeSpec:
			if s.Name.IsExported() && d.Doc == nil && s.Doc == nil {
				undocumented(s, s.Name.Name)
			}
		case *ast.ValueSpec: // a group shares its comment
			for _, name := range s.Names {
				if name.IsExported() && d.Doc == nil && s.Doc == nil && s.Comment == nil {
					undocumented(s, name.Name)
				}
			}
		}
	}
}

// hasExportedReceiver is true for functions, and for methods of exported types.
func hasExportedReceiver(f *ast.FuncDecl) bool {
	if f.Recv == nil || len(f.Recv.List) == 0 {
		return true
	}
	expr := f.Recv.List[0].Type
	if star, ok := expr.(*ast.StarExpr); ok {
		expr = star.X
	}
	if index, ok := expr.(*ast.IndexExpr); ok {
		expr = index.X
	}
	name, ok := expr.(*ast.Ident)
	return ok && name.IsExported()
}
